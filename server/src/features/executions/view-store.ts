import { sql, type Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ExecutionsTable } from '../../platform/db/prompt-tables.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import {
  toWritten,
  type WriterReference,
  type WrittenText,
} from '../../platform/threads/written-text.ts'
import { toExecution } from './execution.ts'
import type {
  ExecutionFilter,
  ExecutionOrder,
  ExecutionQuery,
  ExecutionView,
} from './execution-view.ts'

export async function findExecutionView(tx: Tx, id: string): Promise<ExecutionView | undefined> {
  return (await viewsOf(tx, [id]))[0]
}

/** How a surface writes an execution as text. */
export type ExecutionWriter = (execution: ExecutionView) => string

/** One execution, written where it is read: its input and result may be long. */
export const writtenExecution = defineTask<
  { readonly id: string; readonly writer: WriterReference },
  WrittenText | undefined
>({
  module: import.meta.url,
  name: 'writtenExecution',
  async run(tx, { id, writer }) {
    const write = await loadExport<ExecutionWriter>(writer)
    const execution = await findExecutionView(tx, id)
    return execution && toWritten(write(execution))
  },
})

/** How a surface writes a page as text. */
export type ExecutionPageWriter = (
  page: { readonly executions: readonly ExecutionView[]; readonly total: number },
  asked: Pick<ExecutionQuery, 'limit' | 'offset'>,
) => string

/** Results may be long, so a page is written where it is read. */
export const pageOfExecutions = defineTask<
  ExecutionQuery & { readonly writer: WriterReference },
  WrittenText
>({
  module: import.meta.url,
  name: 'pageOfExecutions',
  async run(tx, { writer, ...query }) {
    const write = await loadExport<ExecutionPageWriter>(writer)
    const total = await countExecutions(tx, query)
    const ids = await idsOf(tx, query, query)
    await refuseTooMuch(tx, ids)
    return toWritten(write({ executions: await viewsOf(tx, ids), total }, query))
  },
})

/** The ids of all that match, in order. */
export const idsOfExecutions = defineTask<ExecutionFilter & ExecutionOrder, readonly string[]>({
  module: import.meta.url,
  name: 'idsOfExecutions',
  run: (tx, query) => idsOf(tx, query),
})

/** An execution with the text of its version of the prompt. */
export interface TabledExecution extends ExecutionView {
  readonly promptValue: string | null
}

/** How rows of a table are written as text. */
export type ExecutionRowsWriter = (executions: readonly TabledExecution[]) => string

interface WrittenRows {
  readonly text: Uint8Array
  /** Of how many of the ids, from the first. */
  readonly count: number
}

/**
 * Some executions in the order of their ids, as rows of a table: at least one, and no more than a
 * text holds with ease.
 */
export const rowsOfExecutions = defineTask<
  { readonly ids: readonly string[]; readonly writer: WriterReference },
  WrittenRows
>({
  module: import.meta.url,
  name: 'rowsOfExecutions',
  async run(tx, { ids, writer }) {
    const write = await loadExport<ExecutionRowsWriter>(writer)
    const bytesOf = await bytesOfExecutions(tx, ids)
    let bytes = 0
    const end = ids.findIndex((id) => (bytes += bytesOf.get(id)?.tabled ?? 0) > mostTableBytes)
    const count = end === -1 ? ids.length : Math.max(1, end)
    const text = new TextEncoder().encode(write(await tabledOf(tx, ids.slice(0, count))))
    return { text, count }
  },
})

async function countExecutions(tx: Tx, filter: ExecutionFilter): Promise<number> {
  const { count } = await matching(tx, filter)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** All that match, or a page of them. */
async function idsOf(
  tx: Tx,
  { orderBy, order, ...filter }: ExecutionFilter & ExecutionOrder,
  page?: Pick<ExecutionQuery, 'limit' | 'offset'>,
): Promise<readonly string[]> {
  // NOTE: said of a column that is never null it would keep PostgreSQL from using an index.
  const nulls = orderBy === 'started_at' || orderBy === 'completed_at'
  const rows = await matching(tx, filter)
    .select('id')
    .orderBy(orderBy, (by) => {
      const directed = order === 'asc' ? by.asc() : by.desc()
      if (!nulls) return directed
      return order === 'asc' ? directed.nullsFirst() : directed.nullsLast()
    })
    .orderBy('seq', order)
    .$if(page !== undefined, (all) => all.limit(page?.limit ?? 0).offset(page?.offset ?? 0))
    .execute()
  return rows.map(({ id }) => id)
}

function matching(tx: Tx, filter: ExecutionFilter) {
  const { status, provider, promptId, promptVersion, deploymentId } = filter
  const { testGroupId, bundleId, isStarred, ids } = filter
  const columns = {
    status,
    provider: provider === undefined ? undefined : toStorableText(provider),
    prompt_id: promptId,
    prompt_version: promptVersion,
    deployment_id: deploymentId,
    test_group_id: testGroupId,
    bundle_id: bundleId,
    starred: isStarred === undefined ? undefined : Number(isStarred),
  }
  return tx.db
    .selectFrom('executions')
    .where(({ eb, and }) =>
      and(
        Object.entries(columns).flatMap(([column, value]) =>
          value === undefined ? [] : [eb(sql.ref<string | number>(column), '=', value)],
        ),
      ),
    )
    .$if(ids !== undefined, (query) => query.where(anyOf(tx.dialect, 'id', ids ?? [])))
}

/** In the order of the ids. */
async function viewsOf(tx: Tx, ids: readonly string[]): Promise<readonly ExecutionView[]> {
  if (ids.length === 0) return []
  const rows = await withVersions(tx, ids)
    .selectAll('executions')
    .select('version.name as prompt_name')
    .execute()
  return inOrder(ids, rows.map(toView))
}

/** In the order of the ids. */
async function tabledOf(tx: Tx, ids: readonly string[]): Promise<readonly TabledExecution[]> {
  const rows = await withVersions(tx, ids)
    .selectAll('executions')
    .select(['version.name as prompt_name', 'version.prompt as prompt_value'])
    .execute()
  const tabled = rows.map((row) => ({ ...toView(row), promptValue: row.prompt_value }))
  return inOrder(ids, tabled)
}

/** Executions, each with its version of the prompt if that is still there. */
function withVersions(tx: Tx, ids: readonly string[]) {
  return tx.db
    .selectFrom('executions')
    .leftJoin('prompt_revisions as version', (join) =>
      join
        .onRef('version.prompt_id', '=', 'executions.prompt_id')
        .onRef('version.version', '=', 'executions.prompt_version'),
    )
    .where(anyOf(tx.dialect, 'executions.id', ids))
}

function inOrder<T extends { readonly id: string }>(
  ids: readonly string[],
  executions: readonly T[],
): readonly T[] {
  const known = new Map(executions.map((execution) => [execution.id, execution]))
  return ids.flatMap((id) => known.get(id) ?? [])
}

interface JoinedRow extends Selectable<ExecutionsTable> {
  readonly prompt_name: string | null
}

function toView(row: JoinedRow): ExecutionView {
  const { prompt_name: name, prompt_version: version } = row
  const prompt = name === null || version === null ? null : { name, version }
  return { ...toExecution(row), prompt }
}

const fewEnough = 10
/** More may be a text that cannot be written in one piece: JSON writes a byte as up to six. */
const mostBytes = 64 * 1024 * 1024
const mostTableBytes = 16 * 1024 * 1024
/** About what a row takes beside the texts of others. */
const bytesPerRow = 700

async function refuseTooMuch(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length <= fewEnough) return
  const sizes = await bytesOfExecutions(tx, ids)
  const bytes = sizes.values().reduce((sum, { listed }) => sum + listed, 0)
  if (bytes <= mostBytes) return
  const message = 'These executions are too long a text: list fewer, or download them as CSV'
  throw new DomainError('invalid', message)
}

interface ExecutionBytes {
  readonly listed: number
  /** With the text of the prompt. */
  readonly tabled: number
}

/** About how long executions are as text, by id. */
async function bytesOfExecutions(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ExecutionBytes>> {
  const rows = await withVersions(tx, ids)
    .select([
      'executions.id',
      sql<number>`octet_length(user_input) + octet_length(coalesce(result, ''))
        + octet_length(coalesce(prompt_text, '')) + octet_length(coalesce(executions.options, ''))`.as(
        'own',
      ),
      sql<number>`octet_length(coalesce(version.prompt, ''))`.as('prompt'),
    ])
    .execute()
  return new Map(
    rows.map(({ id, own, prompt }) => {
      const listed = own + bytesPerRow
      return [id, { listed, tabled: listed + prompt }]
    }),
  )
}
