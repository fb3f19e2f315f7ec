import { ForeignSqlite, type ForeignFile } from '../../platform/db/foreign-sqlite.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { defineJob } from '../../platform/threads/workroom.ts'
import { fromBeaconPromptVersion, fromBeaconSpan, fromBeaconTrace } from './beacon-rows.ts'
import type { BeaconTraceRow } from './beacon-rows.ts'
import type { PromptVersion, SpanRecord } from './span.ts'

/** Some spans of one trace in the order of their arrival, with the prompts saved for them. */
export interface BeaconSpans {
  readonly spans: readonly SpanRecord[]
  readonly promptVersions: readonly PromptVersion[]
  /** Where the rest begins: behind this row. Undefined when there is no more. */
  readonly moreAfter: number | undefined
}

export interface BeaconTrace extends BeaconTraceRow {
  /** Its place in the file. */
  readonly row: number
  /** The id as the file has it. */
  readonly fileId: string
  readonly first: BeaconSpans
}

export interface BeaconFacts {
  readonly traceCount: number
  readonly spanCount: number
  readonly replayCount: number
}

const spansPerPage = 500
const charactersPerPage = 4 * 1024 * 1024
const tracesPerPage = 100

/** Throws `precondition` for a file that is damaged or not Beacon's, as all jobs here do. */
export const readBeaconFacts = defineJob<ForeignFile, BeaconFacts>({
  module: import.meta.url,
  name: 'readBeaconFacts',
  run: async (file) =>
    reading(file, (beacon) => ({
      traceCount: beacon.count('traces'),
      spanCount: beacon.count('spans'),
      replayCount: beacon.count('replay_runs'),
    })),
})

/**
 * The next traces with their spans, as many as fit a page; none at the end. A trace that fits no
 * page comes alone, with its first spans.
 */
export const readBeaconTraces = defineJob<
  { readonly file: ForeignFile; readonly after: number },
  readonly BeaconTrace[]
>({
  module: import.meta.url,
  name: 'readBeaconTraces',
  run: async ({ file, after }) => reading(file, (beacon) => beacon.tracesAfter(after)),
})

/** More spans of one trace. */
export const readBeaconSpans = defineJob<
  { readonly file: ForeignFile; readonly fileId: string; readonly after: number },
  BeaconSpans
>({
  module: import.meta.url,
  name: 'readBeaconSpans',
  run: async ({ file, fileId, after }) =>
    reading(file, (beacon) => beacon.spansAfter(fileId, after, newRoom())),
})

/** Opened anew for each page: a thread that ends at any time leaves nothing behind. */
function reading<T>(file: ForeignFile, work: (beacon: BeaconReader) => T): T {
  try {
    using sqlite = new ForeignSqlite(file)
    return work(new BeaconReader(sqlite))
  } catch (error) {
    if (error instanceof DomainError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DomainError('precondition', reason, { cause: error })
  }
}

interface Room {
  spans: number
  characters: number
}

function newRoom(): Room {
  return { spans: spansPerPage, characters: charactersPerPage }
}

const requiredColumns = {
  traces: ['trace_id', 'name', 'start_time', 'created_at'],
  spans: ['span_id', 'trace_id', 'span_type', 'name', 'start_time', 'attributes', 'created_at'],
}

class BeaconReader {
  readonly #sqlite: ForeignSqlite
  readonly #hasPromptVersions: boolean

  constructor(sqlite: ForeignSqlite) {
    this.#sqlite = sqlite
    for (const [table, columns] of Object.entries(requiredColumns)) {
      const present = sqlite.columnsOf(table)
      if (!columns.every((column) => present.has(column))) {
        throw new DomainError('precondition', `it has no table "${table}" as Beacon makes it`)
      }
    }
    this.#hasPromptVersions = sqlite.columnsOf('prompt_versions').has('prompt_text')
  }

  count(table: 'traces' | 'spans' | 'replay_runs'): number {
    if (this.#sqlite.columnsOf(table).size === 0) return 0
    const [row] = this.#sqlite.rows(`select count(*) as count from ${table}`)
    return Number(row?.['count'])
  }

  tracesAfter(after: number): BeaconTrace[] {
    const room = newRoom()
    const traces: BeaconTrace[] = []
    const rows = this.#sqlite.rows(
      'select rowid as "row", * from traces where rowid > ? order by rowid limit ?',
      after,
      tracesPerPage,
    )
    for (const row of rows) {
      const fileId = String(row['trace_id'])
      const first = this.spansAfter(fileId, Number.MIN_SAFE_INTEGER, room)
      if (first.moreAfter !== undefined && traces.length > 0) break
      traces.push({ ...fromBeaconTrace(row), row: Number(row['row']), fileId, first })
      if (isFull(room)) break
    }
    return traces
  }

  spansAfter(fileId: string, after: number, room: Room): BeaconSpans {
    const spans: SpanRecord[] = []
    const fileSpanIds: string[] = []
    let last = after
    const rows = this.#sqlite.rows(
      'select rowid as "row", * from spans where trace_id = ? and rowid > ? order by rowid',
      fileId,
      after,
    )
    for (const row of rows) {
      if (isFull(room)) return { ...this.#withPrompts(spans, fileSpanIds), moreAfter: last }
      const span = fromBeaconSpan(row)
      spans.push(span)
      fileSpanIds.push(String(row['span_id']))
      last = Number(row['row'])
      room.spans -= 1
      room.characters -= span.attributesJson.length
    }
    return { ...this.#withPrompts(spans, fileSpanIds), moreAfter: undefined }
  }

  #withPrompts(
    spans: readonly SpanRecord[],
    fileSpanIds: readonly string[],
  ): Omit<BeaconSpans, 'moreAfter'> {
    if (!this.#hasPromptVersions || spans.length === 0) return { spans, promptVersions: [] }
    const rows = this.#sqlite.rows(
      `select * from prompt_versions where span_id in (select value from json_each(?))
       order by created_at, rowid`,
      JSON.stringify(fileSpanIds),
    )
    return { spans, promptVersions: Array.from(rows, fromBeaconPromptVersion) }
  }
}

function isFull(room: Room): boolean {
  return room.spans <= 0 || room.characters <= 0
}
