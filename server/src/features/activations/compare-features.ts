import { DomainError } from '../../platform/domain-error.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { Reach } from '../traces/index.ts'
import { asking, runNotFound } from './faults.ts'
import { differencesOf, trackOf } from './feature-differences.ts'
import type { DifferenceOrder, FeatureDifference, TrackPoint } from './feature-differences.ts'
import type { ReadingContext } from './powers.ts'
import { allowExplorer, reachOf } from './reach.ts'
import { timelineOf } from './read-timeline.ts'
import { findTimeline } from './store.ts'
import { activationsIn, strengthsOf, type ActivationFilter } from './timeline.ts'

export interface TrackQuestion {
  readonly featureId: number
  readonly saeLayer: number | undefined
  readonly limit: number
}

/** Part of a run: the positions from `from` to `to`, both included; absent bounds are open. */
export interface Stretch extends Pick<ActivationFilter, 'from' | 'to'> {
  readonly requestId: string
}

export interface ComparisonQuestion {
  readonly a: Stretch
  readonly b: Stretch
  readonly featureId: number | undefined
  readonly saeLayer: number | undefined
  readonly order: DifferenceOrder
  readonly limit: number
  readonly offset: number
}

export interface Comparison {
  readonly differences: readonly FeatureDifference[]
  /** Of all features that fired on either side. */
  readonly total: number
}

export const featureTrack = defineTask<
  TrackQuestion & { readonly requestId: string; readonly reach: Reach },
  TrackPoint[] | undefined
>({
  module: import.meta.url,
  name: 'featureTrack',
  async run(tx, { featureId, saeLayer, limit, ...asked }) {
    const timeline = await timelineOf(tx, asked, saeLayer)
    return timeline === undefined
      ? undefined
      : trackOf(activationsIn(timeline, { featureId }), limit)
  },
})

type Compared =
  | ({ readonly kind: 'compared' } & Comparison)
  | { readonly kind: 'missing'; readonly which: 'a' | 'b' }
  | { readonly kind: 'different-features' }

export const comparedStretches = defineTask<
  ComparisonQuestion & { readonly reach: Reach },
  Compared
>({
  module: import.meta.url,
  name: 'comparedStretches',
  async run(tx, { a, b, featureId, saeLayer, order, limit, offset, reach }) {
    const first = await findTimeline(tx, a.requestId, reach)
    if (!first) return { kind: 'missing', which: 'a' }
    const second = await findTimeline(tx, b.requestId, reach)
    if (!second) return { kind: 'missing', which: 'b' }
    if (first.saeId !== second.saeId || first.saeLayer !== second.saeLayer) {
      return { kind: 'different-features' }
    }
    const strengths = (stretch: Stretch) =>
      strengthsIn(tx, { reach, ...stretch }, { ...stretch, featureId, saeLayer })
    const all = differencesOf(await strengths(a), await strengths(b), order)
    const differences = all.slice(offset, offset + limit)
    return { kind: 'compared', differences, total: all.length }
  },
})

async function strengthsIn(
  tx: Tx,
  asked: { readonly requestId: string; readonly reach: Reach },
  { saeLayer, ...filter }: ActivationFilter & { readonly saeLayer: number | undefined },
) {
  const timeline = await timelineOf(tx, asked, saeLayer)
  return strengthsOf(activationsIn(timeline, filter))
}

/** One feature along a run. Throws `not-found`. Source: thunder contract §7.6. */
export async function followFeature(
  ctx: ReadingContext,
  requestId: string,
  question: TrackQuestion,
): Promise<TrackPoint[]> {
  allowExplorer(ctx)
  const input = { requestId, reach: reachOf(ctx.caller), ...question }
  const track = await asking(ctx, 'DB_READ_FAILED', () => ctx.db.run(featureTrack, input))
  if (!track) throw runNotFound()
  return track
}

/**
 * How strongly each feature fired in two stretches, of one run or of two. Throws `not-found` for
 * a run that is not there or failed, `invalid` for two runs whose feature ids mean different things.
 */
export async function compareFeatures(
  ctx: ReadingContext,
  question: ComparisonQuestion,
): Promise<Comparison> {
  allowExplorer(ctx)
  const input = { ...question, reach: reachOf(ctx.caller) }
  const found = await asking(ctx, 'DB_READ_FAILED', () => ctx.db.run(comparedStretches, input))
  switch (found.kind) {
    case 'compared':
      return found
    case 'missing':
      throw found.which === 'a'
        ? runNotFound()
        : new DomainError('not-found', 'The other activation run does not exist')
    case 'different-features':
      throw new DomainError(
        'invalid',
        'The runs were made with different SAEs or layers: their features cannot be compared',
      )
  }
}
