import type { Standing } from './dialect.ts'

/** Tokens as a tracer counted them; undefined is unknown. */
export interface Counts {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly total: number | undefined
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
  readonly reasoning: number | undefined
}

/** How the tracer counts, as far as its table says. */
export interface CountingRule {
  readonly cache: Standing
  readonly thinking: Standing
  readonly hasFullTotal: boolean
}

/**
 * The counts as Pharos keeps them: cached tokens are part of the input, reasoning is part of the
 * output, the total is their sum. The figures themselves decide where they can (a part larger
 * than its whole, a total that has room for the parts), the tracer's rule elsewhere.
 */
export function normaliseUsage(given: Counts, rule: CountingRule): Counts {
  const counts = wholeCounts(given)
  const cached = (counts.cacheRead ?? 0) + (counts.cacheWrite ?? 0)
  const reasoning = counts.reasoning ?? 0
  const room = roomInTotal(counts)
  const input = including(
    counts.input,
    cached,
    standingOf(cached, counts.input, cacheByTotal(room, cached, reasoning, rule) ?? rule.cache),
  )
  const output = including(
    counts.output,
    reasoning,
    standingOf(reasoning, counts.output, thinkingByTotal(room, cached, reasoning) ?? rule.thinking),
  )
  const isWhole = input !== undefined && output !== undefined
  return {
    input,
    output,
    total: isWhole ? input + output : counts.total,
    cacheRead: input === undefined ? undefined : counts.cacheRead,
    cacheWrite: input === undefined ? undefined : counts.cacheWrite,
    reasoning: output === undefined ? undefined : counts.reasoning,
  }
}

function wholeCounts(counts: Counts): Counts {
  return {
    input: toCount(counts.input),
    output: toCount(counts.output),
    total: toCount(counts.total),
    cacheRead: toCount(counts.cacheRead),
    cacheWrite: toCount(counts.cacheWrite),
    reasoning: toCount(counts.reasoning),
  }
}

/** Past any real model, so that sums stay exact. */
const maxTokens = 1e12

function toCount(value: number | undefined): number | undefined {
  return isCount(value) ? Math.min(Math.trunc(value), maxTokens) : undefined
}

/** No count is negative or without end. */
function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}

/** Tokens of the total that input and output do not account for. */
function roomInTotal({ input, output, total }: Counts): number | undefined {
  if (input === undefined || output === undefined || total === undefined) return undefined
  return total - input - output
}

function cacheByTotal(
  room: number | undefined,
  cached: number,
  reasoning: number,
  { hasFullTotal }: CountingRule,
): Standing | undefined {
  if (room === undefined) return undefined
  if (room > 0 && (room === cached || room === cached + reasoning)) return 'beside'
  return room === 0 && hasFullTotal ? 'within' : undefined
}

function thinkingByTotal(
  room: number | undefined,
  cached: number,
  reasoning: number,
): Standing | undefined {
  if (room === undefined) return undefined
  if (room === 0) return 'within'
  // Where cached and reasoning tokens are equally many, the room was given to the cached.
  return room === cached + reasoning || (room === reasoning && room !== cached)
    ? 'beside'
    : undefined
}

function standingOf(part: number, whole: number | undefined, otherwise: Standing): Standing {
  return whole !== undefined && part > whole ? 'beside' : otherwise
}

function including(whole: number | undefined, part: number, standing: Standing) {
  if (whole === undefined) return undefined
  return standing === 'beside' ? whole + part : whole
}
