/** The activation explorer's words on the wire ↔ ours. Pure. Source: thunder contract §7. */
import type {
  ActivationRow,
  ExtractBody,
  FeatureDeltasQuery,
  RowsQuery,
  RunBody,
  RunListQuery,
  RunSummary,
} from '@pharos/contract/thunder/activations.ts'
import { secondsOf } from '@pharos/contract/thunder/scalars.ts'
import type {
  Activation,
  ActivationHealth,
  ActivationRun,
  ActivationWriter,
  ActivationWriterReference,
  ComparisonQuestion,
  Extraction,
  FeatureDifference,
  FinishedRun,
  RunFilter,
  RunPosition,
  RunRequest,
  TrackPoint,
} from '../../features/activations/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toTs } from './timestamps.ts'

export function fromRunBody(body: RunBody): RunRequest {
  return {
    prompt: body.prompt,
    modelId: body.model_id ?? null,
    maxTokens: body.max_tokens ?? null,
    temperature: body.temperature ?? null,
    topP: body.top_p ?? null,
    topK: body.top_k ?? null,
    collectsActivations: body.collect_activations ?? null,
    isSaeInline: body.inline_sae ?? null,
    saeId: body.sae_id ?? null,
    saeLayer: body.sae_layer ?? null,
    saeTopK: body.sae_top_k ?? null,
    saeLocalPath: body.sae_local_path ?? null,
    requestId: body.request_id ?? null,
  }
}

export function fromExtractBody(body: ExtractBody): Extraction {
  return {
    tokenIds: body.token_ids,
    topK: body.top_k ?? null,
    saeId: body.sae_id ?? null,
    saeLayer: body.sae_layer ?? null,
  }
}

/** Of a whole number as text, brought between bounds. */
export function between(
  text: string | undefined,
  least: number,
  most: number,
  otherwise: number,
): number {
  return text === undefined ? otherwise : Math.max(least, Math.min(most, Number(text)))
}

export function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

/** Throws `invalid` for a status that no run has. */
export function fromListQuery({ status, model_id, sae_enabled }: RunListQuery): RunFilter {
  if (status !== undefined && status !== 'ok' && status !== 'error') {
    throw new DomainError('invalid', 'status must be ok or error')
  }
  return {
    status,
    modelId: model_id,
    saeEnabled: sae_enabled === undefined ? undefined : sae_enabled === 'true',
  }
}

/** Throws `invalid` for what is no cursor. */
export function fromCursor(cursor: string | undefined): RunPosition | undefined {
  if (cursor === undefined) return undefined
  const pipe = cursor.indexOf('|')
  const seconds = secondsOf(cursor.slice(0, Math.max(0, pipe)))
  if (pipe === -1 || Number.isNaN(seconds)) {
    throw new DomainError('invalid', 'cursor must be a time and an id with a pipe between')
  }
  // As times are stored: whole microseconds.
  return { createdAt: Math.round(seconds * 1e6) / 1e6, requestId: cursor.slice(pipe + 1) }
}

export function toCursor(position: RunPosition | undefined): string | null {
  if (position === undefined) return null
  return `${toTs(position.createdAt).replace(/Z$/, '+00:00')}|${position.requestId}`
}

export function toSummary(run: ActivationRun): RunSummary {
  return {
    request_id: run.requestId,
    created_at: toTs(run.createdAt),
    model_id: run.modelId,
    ...(run.hfModelId === null ? {} : { hf_model_id: run.hfModelId }),
    prompt_chars: run.promptChars,
    output_tokens: run.outputTokens,
    events_count: 0,
    actions_count: 0,
    activation_rows_count: run.rowsCount,
    unique_features_count: run.featuresCount,
    sae_enabled: run.saeEnabled,
    sae_id: run.saeId,
    sae_layer: run.saeLayer,
    duration_ms: run.durationMs,
    status: run.status,
    error_message: run.errorMessage,
    ...(run.topFeatures === null ? {} : { top_features_preview: [...run.topFeatures] }),
  }
}

export function toRunReply({ run, outputText, outputTokenIds, previewRows }: FinishedRun) {
  return {
    request_id: run.requestId,
    status: 'ok' as const,
    run_summary: toSummary(run),
    output: { text: outputText, token_ids: [...outputTokenIds] },
    preview: { events: [], actions: [], activation_rows: previewRows.map(toRow) },
    created_at: toTs(run.createdAt),
  }
}

function toRow({ position, featureId, value, rank, tokenId }: Activation): ActivationRow {
  return {
    step: 0,
    token_position: position,
    feature_id: featureId,
    activation_value: value,
    rank,
    token_id: tokenId,
  }
}

/**
 * Used in the thread that reads them, because there may be many.
 * @public loaded by name
 */
export const writeRows: ActivationWriter = (requestId, rows) =>
  JSON.stringify({ request_id: requestId, row_count: rows.length, rows: rows.map(toRow) })

export const rowsWriter: ActivationWriterReference = {
  module: import.meta.url,
  name: 'writeRows',
}

export function fromRowsQuery(query: RowsQuery) {
  return {
    featureId: numberOf(query.feature_id),
    saeLayer: numberOf(query.sae_layer),
    from: numberOf(query.token_start),
    to: numberOf(query.token_end),
    maxRank: numberOf(query.rank_max),
    limit: between(query.limit, 1, 100_000, 500),
  }
}

export function toTrackPoint({ position, tokenId, value, delta }: TrackPoint) {
  const place = { step: 0 as const, token_position: position, token_id: tokenId }
  return { ...place, activation_value: value, delta }
}

export function deltasLimit({ limit }: FeatureDeltasQuery): number {
  return between(limit, 1, 4096, 512)
}

/**
 * The comparison that is asked for; undefined when it is one feature's track. Throws `invalid`
 * for stretches that are no stretches.
 */
export function fromDeltasQuery(
  requestId: string,
  query: FeatureDeltasQuery,
): ComparisonQuestion | undefined {
  const { other, a_start, a_end, b_start, b_end } = query
  const bounds = [a_start, a_end, b_start, b_end]
  if (other === undefined && bounds.every((bound) => bound === undefined)) return undefined
  if (other === undefined && bounds.includes(undefined)) {
    throw new DomainError('invalid', 'Two stretches need a_start, a_end, b_start and b_end')
  }
  const by = query.sort === 'feature_id' ? 'featureId' : (query.sort ?? 'abs')
  const order = query.order ?? (by === 'featureId' ? 'asc' : 'desc')
  return {
    a: { requestId, ...stretchOf('a', a_start, a_end) },
    b: { requestId: other ?? requestId, ...stretchOf('b', b_start, b_end) },
    featureId: numberOf(query.feature_id),
    saeLayer: numberOf(query.sae_layer),
    order: { by, isDescending: order === 'desc' },
    limit: deltasLimit(query),
    offset: between(query.offset, 0, Number.MAX_SAFE_INTEGER, 0),
  }
}

function stretchOf(name: string, start: string | undefined, end: string | undefined) {
  const [from, to] = [numberOf(start), numberOf(end)]
  if ((from ?? 0) < 0 || (to ?? 0) < 0) {
    throw new DomainError('invalid', `${name}_start and ${name}_end must not be below 0`)
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new DomainError('invalid', `${name}_start must not be greater than ${name}_end`)
  }
  return { from, to }
}

export function toDifference(difference: FeatureDifference) {
  return {
    feature_id: difference.featureId,
    a_max: difference.aMax,
    b_max: difference.bMax,
    delta: difference.delta,
    a_hits: difference.aHits,
    b_hits: difference.bHits,
  }
}

export function toHealth(health: ActivationHealth) {
  const isWorking = health.isDatabaseReachable && health.isHfReachable
  return {
    status: isWorking ? ('ok' as const) : ('degraded' as const),
    index_db_reachable: health.isDatabaseReachable,
    hf_inference_reachable: health.isHfReachable,
    sae_reachable: health.isSaeReachable,
    sae_service_reachable: health.isSaeReachable,
    last_error: health.faults.length === 0 ? null : health.faults.join('; '),
  }
}
