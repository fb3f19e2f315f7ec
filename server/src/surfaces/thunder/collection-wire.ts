import type {
  Collection as WireCollection,
  CollectionRequest as WireRequest,
  CollectionSummary as WireSummary,
} from '@pharos/contract/thunder/collections.ts'
import type { CollectionSummary } from '../../features/collections/index.ts'
import type { CollectedLog } from '../../features/inference-logs/index.ts'
import { toTs, toTsOrNull } from './timestamps.ts'

export function toCollection(collection: CollectionSummary): WireCollection {
  return {
    id: collection.id,
    name: collection.name,
    description: collection.description,
    created_at: toTs(collection.createdAt),
    updated_at: toTs(collection.updatedAt),
    created_by: collection.createdBy,
    is_public: collection.isPublic,
    public_token: collection.publicToken,
  }
}

export function toSummary(collection: CollectionSummary): WireSummary {
  return { ...toCollection(collection), request_count: collection.requestCount }
}

export function toRequest(log: CollectedLog): WireRequest {
  return {
    request_id: log.requestId,
    added_at: toTs(log.addedAt),
    added_by: log.addedBy,
    notes: log.notes,
    created_ts: toTs(log.createdAt),
    finished_ts: toTsOrNull(log.completedAt),
    model_id: log.model,
    final_text: log.finalText,
  }
}
