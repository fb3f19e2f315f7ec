export { importBeaconReplays } from './import-beacon-replays.ts'
export { getReplay, listReplays } from './read-replays.ts'
export type { ReplayRun } from './replay-run.ts'
export { replaySpan } from './replay-span.ts'
