import type { Schema } from '../../platform/db/schema.ts'
import type { InferenceLog } from './log.ts'

type LogRow = Schema['inference_logs']

export function toLog(row: LogRow): InferenceLog {
  return {
    seq: row.seq,
    requestId: row.request_id,
    spanId: row.span_id,
    traceId: row.trace_id,
    createdAt: row.created_at,
    completedAt: row.completed_at,
    model: row.model,
    modName: row.mod_name,
    status: toStatus(row.status),
    ownerKey: row.owner_key,
    sealedOwner: row.sealed_owner,
    finalText: row.final_text,
    totalSteps: row.total_steps,
    favoritedBy: toNames(row.favorited_by),
    tags: toNames(row.tags),
    isPublic: row.is_public === 1,
    revision: row.revision,
  }
}

function toStatus(text: string): InferenceLog['status'] {
  return text === 'ok' || text === 'error' ? text : 'unset'
}

/** Our own columns, written as lists of text only. */
function toNames(json: string): readonly string[] {
  const names: unknown = JSON.parse(json)
  return names as string[]
}

export function fromLog(log: InferenceLog): LogRow {
  return {
    seq: log.seq,
    request_id: log.requestId,
    span_id: log.spanId,
    trace_id: log.traceId,
    created_at: log.createdAt,
    completed_at: log.completedAt,
    model: log.model,
    mod_name: log.modName,
    status: log.status,
    owner_key: log.ownerKey,
    sealed_owner: log.sealedOwner,
    final_text: log.finalText,
    total_steps: log.totalSteps,
    favorited_by: JSON.stringify(log.favoritedBy),
    tags: JSON.stringify(log.tags),
    is_public: log.isPublic ? 1 : 0,
    revision: log.revision,
  }
}
