import { defineTask, type Tx } from '../../platform/db/database.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import type { Reach } from '../traces/index.ts'
import type { Activation } from './activation-run.ts'
import { asking, runNotFound } from './faults.ts'
import type { ReadingContext } from './powers.ts'
import { allowExplorer, reachOf } from './reach.ts'
import { findTimeline } from './store.ts'
import { activationsIn, firstActivations, strengthsOf, strongest } from './timeline.ts'
import type { ActivationFilter, FeatureStrength } from './timeline.ts'

/** How a surface writes the activations of a run as JSON text. */
export type ActivationWriter = (requestId: string, rows: readonly Activation[]) => string

/** Names an exported `ActivationWriter`, so that it can be used in the thread that reads them. */
export interface ActivationWriterReference {
  readonly module: string
  readonly name: string
}

export interface RowsQuestion extends ActivationFilter {
  /** A run has one layer: with another nothing is found. */
  readonly saeLayer: number | undefined
  readonly limit: number
}

interface Asked {
  readonly requestId: string
  readonly reach: Reach
}

/** The parsed timeline; empty for another layer, undefined for a run that has none in reach. */
export async function timelineOf(
  tx: Tx,
  { requestId, reach }: Asked,
  saeLayer: number | undefined,
): Promise<unknown> {
  const stored = await findTimeline(tx, requestId, reach)
  if (!stored) return undefined
  if (saeLayer !== undefined && saeLayer !== stored.saeLayer) return []
  const timeline: unknown = JSON.parse(stored.json)
  return timeline
}

export const rowsDocument = defineTask<
  Asked & { readonly question: RowsQuestion; readonly writer: ActivationWriterReference },
  Uint8Array | undefined
>({
  module: import.meta.url,
  name: 'rowsDocument',
  async run(tx, { question, writer: reference, ...asked }) {
    const timeline = await timelineOf(tx, asked, question.saeLayer)
    if (timeline === undefined) return undefined
    const writer = await loadExport<ActivationWriter>(reference)
    const rows = firstActivations(timeline, question, question.limit)
    return new TextEncoder().encode(writer(asked.requestId, rows))
  },
})

export const strongestFeatures = defineTask<
  Asked & { readonly saeLayer: number | undefined; readonly count: number },
  FeatureStrength[] | undefined
>({
  module: import.meta.url,
  name: 'strongestFeatures',
  async run(tx, { saeLayer, count, ...asked }) {
    const timeline = await timelineOf(tx, asked, saeLayer)
    return timeline === undefined
      ? undefined
      : strongest(strengthsOf(activationsIn(timeline)), count)
  },
})

/**
 * The activations of a run in a surface's own words, as UTF-8 text read and written off the main
 * thread. Throws `not-found` for a run that is not there or failed. Source: thunder contract §7.5.
 */
export async function getRowsDocument(
  ctx: ReadingContext,
  requestId: string,
  question: RowsQuestion,
  writer: ActivationWriterReference,
): Promise<Uint8Array> {
  allowExplorer(ctx)
  const input = { requestId, reach: reachOf(ctx.caller), question, writer }
  const text = await asking(ctx, 'DB_READ_FAILED', () => ctx.db.run(rowsDocument, input))
  if (!text) throw runNotFound()
  return text
}

/** The strongest features of a run. Throws `not-found`. Source: thunder contract §7.6. */
export async function getTopFeatures(
  ctx: ReadingContext,
  requestId: string,
  question: { readonly saeLayer: number | undefined; readonly count: number },
): Promise<FeatureStrength[]> {
  allowExplorer(ctx)
  const input = { requestId, reach: reachOf(ctx.caller), ...question }
  const found = await asking(ctx, 'DB_READ_FAILED', () => ctx.db.run(strongestFeatures, input))
  if (!found) throw runNotFound()
  return found
}
