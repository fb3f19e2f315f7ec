import {
  ForeignSqlite,
  type ForeignFile,
  type ForeignRow,
} from '../../platform/db/foreign-sqlite.ts'
import { isJsonObject } from '../../platform/json.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import { parsePythonJson } from '../traces/index.ts'
import type { ReplayRun } from './replay-run.ts'

/** A run as a Beacon file has it, and its place there. */
export interface BeaconReplay {
  readonly row: number
  readonly run: ReplayRun
}

const replaysPerPage = 200

/** The next runs of a Beacon database; none at the end. */
export const readBeaconReplays = defineJob<
  { readonly file: ForeignFile; readonly after: number },
  readonly BeaconReplay[]
>({
  module: import.meta.url,
  name: 'readBeaconReplays',
  run: async ({ file, after }) => {
    using sqlite = new ForeignSqlite(file)
    const rows = sqlite.rows(
      'select rowid as "row", * from replay_runs where rowid > ? order by rowid limit ?',
      after,
      replaysPerPage,
    )
    return Array.from(rows, (row) => ({ row: Number(row['row']), run: fromBeaconReplay(row) }))
  },
})

function fromBeaconReplay(row: ForeignRow): ReplayRun {
  const createdAt = Number(row['created_at'])
  return {
    replayId: String(row['replay_id']),
    originalSpanId: String(row['original_span_id']),
    traceId: String(row['trace_id']),
    replaySpanId: null,
    modifiedInputJson: toObjectJson(row['modified_input']),
    newOutputJson: toObjectJson(row['new_output']),
    diffJson: toObjectJson(row['diff']),
    createdAt: Number.isFinite(createdAt) ? createdAt : 0,
  }
}

/** What cannot be read as an object stays as text in one. */
function toObjectJson(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const parsed = parsePythonJson(text)
  return JSON.stringify(isJsonObject(parsed) ? parsed : { 'beacon.unreadable': text })
}
