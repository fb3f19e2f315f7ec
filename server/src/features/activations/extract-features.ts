import { askService, badAnswer } from './ask-service.ts'
import { nameOf, outOfBounds, requireBetween } from './plan-run.ts'
import type { ActivationContext } from './powers.ts'
import { allowExplorer } from './reach.ts'
import { readExtraction } from './read-answer.ts'

export interface Extraction {
  readonly tokenIds: readonly number[]
  readonly topK: number | null
  readonly saeId: string | null
  readonly saeLayer: number | null
}

/**
 * Asks the service which features fire at given tokens; nothing is stored. Gives the timeline as
 * JSON in UTF-8. Throws `invalid`, `unavailable`, `upstream`. Source: thunder contract §7.7.
 */
export async function extractFeatures(
  ctx: ActivationContext,
  { tokenIds, topK, saeId, saeLayer }: Extraction,
  signal: AbortSignal,
): Promise<Uint8Array> {
  allowExplorer(ctx)
  if (tokenIds.length === 0) throw outOfBounds('token_ids must not be empty')
  if (topK !== null) requireBetween('top_k', topK, 1, 200)
  const sae_id = nameOf('sae_id', saeId)
  const body = {
    token_ids: tokenIds,
    ...(sae_id === null ? {} : { sae_id }),
    ...(saeLayer === null ? {} : { sae_layer: saeLayer }),
    ...(topK === null ? {} : { sae_top_k: topK }),
  }
  const answer = await askService(ctx, { path: '/hf/extract', body, signal })
  if (answer.kind === 'failed') throw answer.error
  const timeline = await ctx.workroom.run(readExtraction, answer.bytes, [answer.bytes.buffer])
  if (!timeline) throw badAnswer('The answer of the HF inference service is not JSON')
  return timeline
}
