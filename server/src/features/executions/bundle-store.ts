import type { Selectable } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Tx } from '../../platform/db/database.ts'
import type { ExecutionBundlesTable } from '../../platform/db/deployment-tables.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import {
  toWritten,
  type WriterReference,
  type WrittenText,
} from '../../platform/threads/written-text.ts'

/** Executions that were made at once over a group of test data. Times are Unix seconds. */
export interface ExecutionBundle {
  readonly id: string
  readonly testGroupId: string
  readonly promptId: string
  /** In the order they were made. */
  readonly executionIds: readonly string[]
  readonly createdAt: number
  readonly updatedAt: number
}

export interface BundleQuery {
  readonly testGroupId?: string
  readonly promptId?: string
}

/** How a surface writes bundles as text. */
export type BundleListWriter = (bundles: readonly ExecutionBundle[]) => string

export const listOfBundles = defineTask<
  BundleQuery & { readonly writer: WriterReference },
  WrittenText
>({
  module: import.meta.url,
  name: 'listOfBundles',
  async run(tx, { writer, ...query }) {
    const write = await loadExport<BundleListWriter>(writer)
    const bundles = await matching(tx, query)
    const ofBundle = await executionsOf(
      tx,
      bundles.map(({ id }) => id),
    )
    return toWritten(write(bundles.map((row) => toBundle(row, ofBundle.get(row.id) ?? []))))
  },
})

type BundleRow = Selectable<ExecutionBundlesTable>

/** The newest first. */
async function matching(tx: Tx, { testGroupId, promptId }: BundleQuery): Promise<BundleRow[]> {
  return tx.db
    .selectFrom('execution_bundles')
    .selectAll()
    .$if(testGroupId !== undefined, (query) => query.where('test_group_id', '=', testGroupId ?? ''))
    .$if(promptId !== undefined, (query) => query.where('prompt_id', '=', promptId ?? ''))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

async function executionsOf(
  tx: Tx,
  bundleIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await tx.db
    .selectFrom('executions')
    .select(['bundle_id', 'id'])
    .where(anyOf(tx.dialect, 'bundle_id', bundleIds))
    .orderBy('bundle_id')
    .orderBy('bundle_position')
    .execute()
  const ofBundle = new Map<string, string[]>()
  for (const { bundle_id: bundleId, id } of rows) {
    if (bundleId === null) continue
    const known = ofBundle.get(bundleId)
    if (known === undefined) ofBundle.set(bundleId, [id])
    else known.push(id)
  }
  return ofBundle
}

function toBundle(row: BundleRow, executionIds: readonly string[]): ExecutionBundle {
  return {
    id: row.id,
    testGroupId: row.test_group_id,
    promptId: row.prompt_id,
    executionIds,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
