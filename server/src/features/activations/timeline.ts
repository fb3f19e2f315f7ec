import type { Activation } from './activation-run.ts'

/** What a timeline is narrowed by; absent members narrow nothing. */
export interface ActivationFilter {
  readonly featureId?: number | undefined
  /** Positions, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly maxRank?: number | undefined
}

export interface FeatureStrength {
  readonly featureId: number
  /** Never below 0. */
  readonly max: number
  readonly hits: number
}

/**
 * The activations of a stored timeline, whatever it holds: a list of
 * `{position, token, top_features: [{id, activation}]}` from a service outside. What is no integer
 * counts as 0, what is no list as empty. Ranks are those before narrowing.
 * Source: thunder contract §7.5.
 */
export function* activationsIn(
  timeline: unknown,
  filter: ActivationFilter = {},
): Generator<Activation, void, undefined> {
  const { featureId, from = -Infinity, to = Infinity, maxRank = Infinity } = filter
  for (const entry of listOf(timeline)) {
    const { position: place, token, top_features: features } = membersOf(entry)
    const position = Math.max(0, integerOr0(place))
    if (position < from || position > to) continue
    const tokenId = integerOr0(token)
    for (const [index, feature] of listOf(features).entries()) {
      const rank = index + 1
      if (rank > maxRank) break
      const { id, activation } = membersOf(feature)
      const seen = integerOr0(id)
      if (featureId !== undefined && seen !== featureId) continue
      yield { position, tokenId, featureId: seen, value: numberOr0(activation), rank }
    }
  }
}

/** The first `limit` of them. */
export function firstActivations(
  timeline: unknown,
  filter: ActivationFilter,
  limit: number,
): Activation[] {
  return [...activationsIn(timeline, filter).take(limit)]
}

/** Each feature by id, with its strongest activation and how often it fired. */
export function strengthsOf(activations: Iterable<Activation>): Map<number, FeatureStrength> {
  const strengths = new Map<number, FeatureStrength>()
  for (const { featureId, value } of activations) {
    const { max, hits } = strengths.get(featureId) ?? { max: 0, hits: 0 }
    strengths.set(featureId, { featureId, max: Math.max(max, value), hits: hits + 1 })
  }
  return strengths
}

/** Strongest first, then most often, then by id. Source: thunder contract §7.6. */
export function strongest(
  strengths: ReadonlyMap<number, FeatureStrength>,
  count: number,
): FeatureStrength[] {
  return [...strengths.values()]
    .toSorted((a, b) => b.max - a.max || b.hits - a.hits || a.featureId - b.featureId)
    .slice(0, count)
}

/** Different features that have an integer for an id. */
export function countFeatures(timeline: unknown): number {
  const ids = new Set<unknown>()
  for (const entry of listOf(timeline)) {
    for (const feature of listOf(membersOf(entry).top_features)) {
      const { id } = membersOf(feature)
      if (Number.isInteger(id)) ids.add(id)
    }
  }
  return ids.size
}

interface Members {
  readonly position?: unknown
  readonly token?: unknown
  readonly token_str?: unknown
  readonly top_features?: unknown
  readonly id?: unknown
  readonly activation?: unknown
}

/** The members of a JSON object; none of anything else. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? value : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function integerOr0(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0
}

/** JSON may overflow to infinity, which no reply can carry. */
function numberOr0(value: unknown): number {
  return Number.isFinite(value) ? Number(value) : 0
}
