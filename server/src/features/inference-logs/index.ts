export { isAdmin, owns } from './access.ts'
export { isNewLogEvent, newLogTopic, type NewLogEvent } from './events.ts'
export { loadNewLogs } from './load-new-logs.ts'
export { ingestLog, type IngestedLog } from './ingest-log.ts'
export type { ListedLog } from './log.ts'
export { findLogAccess, findLogDocument, findLogs, ownerKeyExists } from './log-store.ts'
export type { FoundLog } from './log-store.ts'
export type { LoggedAction, LoggedEvent, LoggedRequest, ModCall, ModLog } from './logged-request.ts'
export { openOwner, ownerKeyFor } from './owner.ts'
export { packLog, planLog } from './plan-log.ts'
export { deleteLog } from './delete-log.ts'
export { endAbandonedLogs } from './end-abandoned-logs.ts'
export { getLog, type LogPowers, type LogView } from './get-log.ts'
export { listLogs, type LogFilter } from './list-logs.ts'
export { listOwners, type OwnerCount } from './list-owners.ts'
export { ownSpansGroup } from './own-logs.ts'
export type { TokenLog } from './plan-token-log.ts'
export { prepareTokenLog } from './prepare-token-log.ts'
export { ownerShownTo } from './redact.ts'
export { warmLogs } from './warm-logs.ts'
export {
  addToCollection,
  getCollectedLogs,
  getSharedCollection,
  listCollectionsOfLog,
  removeFromCollection,
} from './collected-logs.ts'
export type { Discussion } from './discussion.ts'
export {
  addDiscussion,
  editDiscussion,
  getDiscussion,
  listDiscussions,
  removeDiscussion,
} from './discussions.ts'
export type { CollectedLog } from './membership.ts'
export { addName, listNames, removeName } from './names.ts'
export { getLinkedLog, getLogOfSharedCollection } from './linked-logs.ts'
export { shareLog, unshareLog } from './share-log.ts'
