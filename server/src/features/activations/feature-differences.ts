import type { Activation } from './activation-run.ts'
import type { FeatureStrength } from './timeline.ts'

export interface TrackPoint {
  readonly position: number
  readonly tokenId: number
  readonly value: number
  /** To the point before; null for the first. */
  readonly delta: number | null
}

/** One feature along the positions, at most `limit` points. Source: thunder contract §7.6. */
export function trackOf(activations: Iterable<Activation>, limit: number): TrackPoint[] {
  return [...activations]
    .toSorted((a, b) => a.position - b.position)
    .slice(0, limit)
    .map(({ position, tokenId, value }, index, points) => {
      const before = points[index - 1]
      return { position, tokenId, value, delta: before ? value - before.value : null }
    })
}

export interface FeatureDifference {
  readonly featureId: number
  /** Strongest activation on each side; 0 where it never fired. */
  readonly aMax: number
  readonly bMax: number
  /** `bMax` - `aMax`. */
  readonly delta: number
  readonly aHits: number
  readonly bHits: number
}

export interface DifferenceOrder {
  /** `abs` is the size of the difference. */
  readonly by: 'delta' | 'abs' | 'featureId'
  readonly isDescending: boolean
}

type Strengths = ReadonlyMap<number, FeatureStrength>

/** Every feature that fired on either side, in order; ties by id. */
export function differencesOf(
  a: Strengths,
  b: Strengths,
  order: DifferenceOrder,
): FeatureDifference[] {
  const ids = [...new Set([...a.keys(), ...b.keys()])]
  const sign = order.isDescending ? -1 : 1
  return ids
    .map((featureId) => differenceOf(featureId, a.get(featureId), b.get(featureId)))
    .toSorted((x, y) => sign * (valueOf(x, order) - valueOf(y, order)) || x.featureId - y.featureId)
}

function differenceOf(
  featureId: number,
  a: FeatureStrength | undefined,
  b: FeatureStrength | undefined,
): FeatureDifference {
  const [aMax, bMax] = [a?.max ?? 0, b?.max ?? 0]
  const [aHits, bHits] = [a?.hits ?? 0, b?.hits ?? 0]
  return { featureId, aMax, bMax, delta: bMax - aMax, aHits, bHits }
}

function valueOf({ featureId, delta }: FeatureDifference, { by }: DifferenceOrder): number {
  switch (by) {
    case 'delta':
      return delta
    case 'abs':
      return Math.abs(delta)
    case 'featureId':
      return featureId
  }
}
