import type { LogSummary, OwnerList } from '@pharos/contract/thunder/logs.ts'
import type { ListedLog, LogView, OwnerCount } from '../../features/inference-logs/index.ts'
import { toTs, toTsOrNull } from './timestamps.ts'

/** `userApiKey` is the log's owner for an admin, null for anybody else. */
export function toLogSummary(log: ListedLog, userApiKey: string | null): LogSummary {
  return {
    request_id: log.requestId,
    created_ts: toTs(log.createdAt),
    finished_ts: toTsOrNull(log.completedAt),
    model_id: log.model,
    user_api_key: userApiKey,
    final_text: log.finalText,
    total_steps: log.totalSteps,
    favorited_by: [...log.favoritedBy],
    discussion_count: log.discussionCount,
  }
}

/** A log's whole reply in pieces: the reader's own part, then the text that all readers share. */
export function toLogText({ log, owner, publicToken, rest }: LogView): readonly Uint8Array[] {
  const head = {
    request_id: log.requestId,
    created_ts: toTs(log.createdAt),
    user_api_key: owner,
    is_public: log.isPublic,
    public_token: publicToken,
    favorited_by: log.favoritedBy,
    tags: log.tags,
    discussion_count: log.discussionCount,
  }
  return [new TextEncoder().encode(`${JSON.stringify(head).slice(0, -1)},`), rest]
}

export function toOwnerList(owners: readonly OwnerCount[]): OwnerList {
  return {
    api_keys: owners.map(({ label, requestCount, latestAt }) => ({
      api_key: label,
      request_count: requestCount,
      latest_request_at: toTs(latestAt),
    })),
    total: owners.length,
  }
}
