import { sql, type Insertable, type Selectable } from 'kysely'
import type { Tx } from '../../platform/db/database.ts'
import type { ActivationPreviewsTable, ActivationRunsTable } from '../../platform/db/schema.ts'
import { toStorableText, type Reach } from '../traces/index.ts'
import type { ActivationRun, RunPreview } from './activation-run.ts'

/** What a list is narrowed by; absent members narrow nothing. */
export interface RunFilter {
  readonly status?: ActivationRun['status'] | undefined
  /** As it was asked for or as the service named it. */
  readonly modelId?: string | undefined
  readonly saeEnabled?: boolean | undefined
}

/** Where a page begins: after this run. */
export interface RunPosition {
  readonly createdAt: number
  readonly requestId: string
}

/** Writes a run, over one of the same id. False when that one is out of reach. */
export async function saveRun(
  tx: Tx,
  run: ActivationRun,
  { ownerKey, reach }: { readonly ownerKey: string | null; readonly reach: Reach },
): Promise<boolean> {
  const row = toRow(run, ownerKey)
  const { request_id: _, ...changed } = row
  const { numInsertedOrUpdatedRows: count } = await tx.db
    .insertInto('activation_runs')
    .values(row)
    .onConflict((conflict) => {
      const update = conflict.column('request_id').doUpdateSet(changed)
      return reach === 'all'
        ? update
        : update.where('activation_runs.owner_key', '=', reach.ownerKey)
    })
    .executeTakeFirstOrThrow()
  return count !== undefined && count > 0n
}

/** Writes what a run left, over what an earlier one did. */
export async function savePreview(
  tx: Tx,
  { requestId, createdAt }: Pick<ActivationRun, 'requestId' | 'createdAt'>,
  preview: RunPreview,
): Promise<void> {
  const content = {
    updated_at: createdAt,
    prompt: JSON.stringify(preview.prompt),
    output_text: JSON.stringify(preview.outputText),
    output_token_ids: JSON.stringify(preview.outputTokenIds),
    sae_top_k: preview.saeTopK,
    feature_timeline: new TextDecoder().decode(preview.timeline),
  }
  const row: Insertable<ActivationPreviewsTable> = {
    request_id: requestId,
    created_at: createdAt,
    ...content,
  }
  await tx.db
    .insertInto('activation_previews')
    .values(row)
    .onConflict((conflict) => conflict.column('request_id').doUpdateSet(content))
    .execute()
}

/** Removes what an earlier run of the same id left. */
export async function removePreview(tx: Tx, requestId: string): Promise<void> {
  await tx.db
    .deleteFrom('activation_previews')
    .where('request_id', '=', toStorableText(requestId))
    .execute()
}

export async function findRun(
  tx: Tx,
  requestId: string,
  reach: Reach,
): Promise<ActivationRun | undefined> {
  const row = await tx.db
    .selectFrom('activation_runs')
    .selectAll()
    .where('request_id', '=', toStorableText(requestId))
    .$if(reach !== 'all', (query) => query.where('owner_key', '=', ownerKeyIn(reach)))
    .executeTakeFirst()
  return row && fromRow(row)
}

/** Whether the id belongs to a run out of reach. */
export async function isTaken(tx: Tx, requestId: string, reach: Reach): Promise<boolean> {
  if (reach === 'all') return false
  const row = await tx.db
    .selectFrom('activation_runs')
    .select('owner_key')
    .where('request_id', '=', toStorableText(requestId))
    .executeTakeFirst()
  return row !== undefined && row.owner_key !== reach.ownerKey
}

/** The newest first. */
export async function pageOfRuns(
  tx: Tx,
  filter: RunFilter,
  reach: Reach,
  page: { readonly limit: number; readonly after: RunPosition | undefined },
): Promise<ActivationRun[]> {
  const { status, modelId, saeEnabled } = filter
  const { after, limit } = page
  const model = toStorableText(modelId ?? '')
  const rows = await tx.db
    .selectFrom('activation_runs')
    .selectAll()
    .$if(reach !== 'all', (query) => query.where('owner_key', '=', ownerKeyIn(reach)))
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(modelId !== undefined, (query) =>
      query.where((where) =>
        where.or([where('model_id', '=', model), where('hf_model_id', '=', model)]),
      ),
    )
    .$if(saeEnabled !== undefined, (query) => query.where('sae_enabled', '=', Number(saeEnabled)))
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, request_id) < (${after?.createdAt}, ${toStorableText(after?.requestId ?? '')})`,
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

export interface StoredTimeline {
  readonly saeId: string | null
  readonly saeLayer: number | null
  readonly json: string
}

/** Undefined for a run that is not there, out of reach, or failed. */
export async function findTimeline(
  tx: Tx,
  requestId: string,
  reach: Reach,
): Promise<StoredTimeline | undefined> {
  return tx.db
    .selectFrom('activation_runs')
    .innerJoin('activation_previews', (join) =>
      join.onRef('activation_previews.request_id', '=', 'activation_runs.request_id'),
    )
    .select(['sae_id as saeId', 'sae_layer as saeLayer', 'feature_timeline as json'])
    .where('activation_runs.request_id', '=', toStorableText(requestId))
    .$if(reach !== 'all', (query) => query.where('owner_key', '=', ownerKeyIn(reach)))
    .executeTakeFirst()
}

/** Removes a run with all it left. False when there is none in reach. */
export async function removeRun(tx: Tx, requestId: string, reach: Reach): Promise<boolean> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('activation_runs')
    .where('request_id', '=', toStorableText(requestId))
    .$if(reach !== 'all', (query) => query.where('owner_key', '=', ownerKeyIn(reach)))
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Removes the oldest runs from before a time, at most `limit`. Gives their number. */
export async function removeRunsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('activation_runs')
    .where('request_id', 'in', (select) =>
      select
        .selectFrom('activation_runs')
        .select('request_id')
        .where('created_at', '<', before)
        .orderBy('created_at')
        .orderBy('request_id')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function ownerKeyIn(reach: Reach): string {
  if (reach === 'all') throw new Error('Nobody in particular owns what all may reach')
  return reach.ownerKey
}

function toRow(run: ActivationRun, ownerKey: string | null): Insertable<ActivationRunsTable> {
  return {
    request_id: run.requestId,
    created_at: run.createdAt,
    updated_at: run.createdAt,
    owner_key: ownerKey,
    model_id: toStorableText(run.modelId),
    hf_model_id: run.hfModelId === null ? null : toStorableText(run.hfModelId),
    prompt_chars: run.promptChars,
    output_tokens: run.outputTokens,
    rows_count: run.rowsCount,
    features_count: run.featuresCount,
    sae_enabled: Number(run.saeEnabled),
    sae_id: run.saeId === null ? null : toStorableText(run.saeId),
    sae_layer: run.saeLayer,
    duration_ms: run.durationMs,
    status: run.status,
    error_message: run.errorMessage,
    top_features: run.topFeatures === null ? null : JSON.stringify(run.topFeatures),
  }
}

function fromRow(row: Selectable<ActivationRunsTable>): ActivationRun {
  return {
    requestId: row.request_id,
    createdAt: row.created_at,
    modelId: row.model_id,
    hfModelId: row.hf_model_id,
    promptChars: row.prompt_chars,
    outputTokens: row.output_tokens,
    rowsCount: row.rows_count,
    featuresCount: row.features_count,
    saeEnabled: row.sae_enabled === 1,
    saeId: row.sae_id,
    saeLayer: row.sae_layer,
    durationMs: row.duration_ms,
    status: row.status === 'error' ? 'error' : 'ok',
    errorMessage: row.error_message,
    topFeatures: row.top_features === null ? null : featureIdsIn(row.top_features),
  }
}

/** Our own column: a JSON list of integers. */
function featureIdsIn(json: string): number[] {
  const ids: unknown = JSON.parse(json)
  return ids as number[]
}
