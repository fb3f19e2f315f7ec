import type { SharedReads } from '../../platform/shared-reads.ts'
import type { WriterReference, WrittenText } from '../../platform/threads/written-text.ts'
import { allow, type Uses } from '../identity/index.ts'
import { listOfBundles, type BundleQuery } from './bundle-store.ts'
import { executionNotFound } from './execution-not-found.ts'
import { countAll, type ExecutionCounts } from './execution-count-store.ts'
import type {
  ExecutionFilter,
  ExecutionOrder,
  ExecutionQuery,
  ExecutionView,
} from './execution-view.ts'
import {
  findExecutionView,
  idsOfExecutions,
  pageOfExecutions,
  rowsOfExecutions,
  writtenExecution,
} from './view-store.ts'

type Ctx = Uses<'db' | 'caller'>

/** An execution. Needs `executions:read`. @throws DomainError `not-found`. */
export async function getExecution(ctx: Ctx, id: string): Promise<ExecutionView> {
  allow(ctx.caller, 'executions:read')
  const execution = await ctx.db.read((tx) => findExecutionView(tx, id))
  if (execution === undefined) throw executionNotFound(id)
  return execution
}

/**
 * The same in a surface's own words (`writer` names an `ExecutionWriter`); read and written off the
 * main thread. Needs `executions:read`. @throws DomainError `not-found`.
 */
export async function getExecutionText(
  ctx: Ctx,
  id: string,
  writer: WriterReference,
): Promise<WrittenText> {
  allow(ctx.caller, 'executions:read')
  const written = await ctx.db.run(writtenExecution, { id, writer })
  if (written === undefined) throw executionNotFound(id)
  return written
}

/**
 * A page of executions in a surface's own words (`writer` names an `ExecutionPageWriter`); read and
 * written off the main thread. Needs `executions:read`.
 * @throws DomainError `invalid` when they are too long to be sent at once.
 */
export async function listExecutions(
  ctx: Ctx & { readonly pages: SharedReads<WrittenText> },
  query: ExecutionQuery,
  writer: WriterReference,
): Promise<WrittenText> {
  allow(ctx.caller, 'executions:read')
  const input = { ...query, writer }
  return ctx.pages.share(JSON.stringify(input), () => ctx.db.run(pageOfExecutions, input))
}

const rowsAtOnce = 100

/**
 * All executions that match, as rows of a table in a surface's own words (`writer` names an
 * `ExecutionRowsWriter`): which ones is decided at once, what each says when its row is written.
 * Needs `executions:read`.
 */
export async function tableOfExecutions(
  ctx: Ctx,
  query: ExecutionFilter & ExecutionOrder,
  writer: WriterReference,
): Promise<AsyncIterable<Uint8Array>> {
  allow(ctx.caller, 'executions:read')
  const ids = await ctx.db.run(idsOfExecutions, query)
  return rowsOf(ctx, ids, writer)
}

async function* rowsOf(
  ctx: Uses<'db'>,
  ids: readonly string[],
  writer: WriterReference,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < ids.length;) {
    const some = ids.slice(start, start + rowsAtOnce)
    const { text, count } = await ctx.db.run(rowsOfExecutions, { ids: some, writer })
    yield text
    start += count
  }
}

/** How many executions there are. Needs `executions:read`. */
export async function executionStats(ctx: Ctx): Promise<ExecutionCounts> {
  allow(ctx.caller, 'executions:read')
  return ctx.db.read(countAll)
}

/**
 * The bundles of a group, a prompt or both, the newest first, in a surface's own words (`writer`
 * names a `BundleListWriter`). Needs `executions:read`.
 */
export async function listBundles(
  ctx: Ctx,
  query: BundleQuery,
  writer: WriterReference,
): Promise<WrittenText> {
  allow(ctx.caller, 'executions:read')
  return ctx.db.run(listOfBundles, { ...query, writer })
}
