/** What must be known of a trace's spans to say which of them repeat the usage of others. */
export interface LinkedSpan {
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly isLlmCall: boolean
  readonly isMapped: boolean
  readonly hasTokens: boolean
}

/**
 * The mapped model calls whose usage is that of a model call below them, through any spans in
 * between: tracers nest calls, and each level carries the figures of the one below. A parent that
 * is not there, and parents that go round in a circle, link nothing. Source: rulings §12.
 */
export function findRepeating(spans: readonly LinkedSpan[]): ReadonlySet<string> {
  const parents = parentsWithoutCircles(spans)
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const above = new Set<string>()
  for (const { spanId, isLlmCall, hasTokens } of spans) {
    if (!isLlmCall || !hasTokens) continue
    // Whoever is in the set has all spans above it in the set, so the walk ends there.
    for (let id = parents.get(spanId); id !== undefined && !above.has(id); id = parents.get(id)) {
      above.add(id)
    }
  }
  return above.size === 0 ? above : new Set([...above].filter((id) => mayRepeat(byId.get(id))))
}

function mayRepeat(span: LinkedSpan | undefined): boolean {
  return span !== undefined && span.isLlmCall && span.isMapped
}

/** Each span's parent within the trace, without those of spans that are their own ancestors. */
function parentsWithoutCircles(spans: readonly LinkedSpan[]): ReadonlyMap<string, string> {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const parents = new Map<string, string>()
  for (const { spanId, parentSpanId } of spans) {
    if (parentSpanId !== null && ids.has(parentSpanId)) parents.set(spanId, parentSpanId)
  }
  for (const id of inCircles(parents)) parents.delete(id)
  return parents
}

function inCircles(parents: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  for (const start of parents.keys()) {
    const path = new Set<string>()
    let id: string | undefined = start
    for (; id !== undefined && !done.has(id) && !path.has(id); id = parents.get(id)) path.add(id)
    if (id !== undefined && path.has(id)) found.push(...circleFrom(id, parents))
    for (const passed of path) done.add(passed)
  }
  return found
}

function circleFrom(start: string, parents: ReadonlyMap<string, string>): string[] {
  const circle = [start]
  for (let id = parents.get(start); id !== undefined && id !== start; id = parents.get(id)) {
    circle.push(id)
  }
  return circle
}
