import { DatabaseSync } from 'node:sqlite'

/** Which of Beacon's versions made a file: the oldest lacks the columns and tables added later. */
export type BeaconVersion = 'oldest' | 'newest'

export type BeaconRow = Readonly<Record<string, string | number | null>>

export interface BeaconRows {
  readonly traces?: readonly BeaconRow[]
  readonly spans?: readonly BeaconRow[]
  readonly prompt_versions?: readonly BeaconRow[]
  readonly replay_runs?: readonly BeaconRow[]
}

const newer = (version: BeaconVersion, column: string): string =>
  version === 'newest' ? `${column},` : ''

function tables(version: BeaconVersion): string {
  return `
    create table traces (trace_id text primary key, name text not null, start_time real not null,
      end_time real, span_count integer default 0, status text default 'unset',
      tags text default '{}', total_cost_usd real default 0, total_tokens integer default 0,
      ${newer(version, 'sdk_language text')} created_at real not null);
    create table spans (span_id text primary key,
      trace_id text not null references traces (trace_id) on delete cascade, parent_span_id text,
      span_type text not null, name text not null, status text default 'unset', error_message text,
      start_time real not null, end_time real, attributes text default '{}',
      ${newer(version, "annotations text default '[]'")} ${newer(version, 'sdk_language text')}
      created_at real not null);
    create index idx_spans_trace_id on spans (trace_id);
    create table replay_runs (replay_id text primary key, original_span_id text not null,
      trace_id text not null, modified_input text not null, new_output text not null,
      diff text not null, created_at real not null);
    ${
      version === 'newest'
        ? `create table prompt_versions (version_id text primary key, span_id text not null,
             prompt_text text not null, label text, created_at real not null)`
        : ''
    }`
}

/** Writes a database as Beacon does (contract §2.1) and gives its open connection. */
export function openBeaconDatabase(
  path: string,
  version: BeaconVersion,
  rows: BeaconRows,
): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec(tables(version))
  addBeaconRows(database, rows)
  return database
}

export function addBeaconRows(database: DatabaseSync, rows: BeaconRows): void {
  database.exec('begin')
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list as readonly BeaconRow[]) {
      const columns = Object.keys(row)
      const marks = columns.map(() => '?').join(', ')
      database
        .prepare(`insert into ${table} (${columns.join(', ')}) values (${marks})`)
        .run(...Object.values(row))
    }
  }
  database.exec('commit')
}

export function writeBeaconDatabase(path: string, version: BeaconVersion, rows: BeaconRows): void {
  openBeaconDatabase(path, version, rows).close()
}

export function beaconTrace(traceId: string, fields: BeaconRow = {}): BeaconRow {
  return { trace_id: traceId, name: traceId, start_time: 1000, created_at: 1001, ...fields }
}

export function beaconSpan(spanId: string, traceId: string, fields: BeaconRow = {}): BeaconRow {
  return {
    span_id: spanId,
    trace_id: traceId,
    span_type: 'custom',
    name: spanId,
    status: 'ok',
    start_time: 1000,
    end_time: 1002,
    attributes: '{}',
    created_at: 1001,
    ...fields,
  }
}
