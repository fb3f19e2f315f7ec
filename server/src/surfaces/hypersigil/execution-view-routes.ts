import type { ExecutionQuery as WireQuery } from '@pharos/contract/hypersigil/execution-views.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  executionStats,
  getExecutionText,
  listBundles,
  listExecutions,
  tableOfExecutions,
  type ExecutionQuery,
} from '../../features/executions/index.ts'
import type { Uses } from '../../features/identity/index.ts'
import { SharedReads } from '../../platform/shared-reads.ts'
import type { WrittenText } from '../../platform/threads/written-text.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { serve, written } from './door.ts'
import { attachment } from './download-headers.ts'
import { askedPage, found } from './envelopes.ts'
import {
  bundleListWriter,
  executionPageWriter,
  executionRowsWriter,
  executionWriter,
  tableHeader,
} from './wire-executions.ts'

export interface ExecutionViewPowers extends Uses<'db'> {}

/** What became of executions. Source: hypersigil contract §1.7, §1.8. */
export function executionViewRoutes(powers: ExecutionViewPowers) {
  return [...listRoutes(powers), ...singleRoutes(powers)]
}

function listRoutes(powers: ExecutionViewPowers) {
  const pages = new SharedReads<WrittenText>()
  return [
    serve(hypersigilRoutes.listExecutions, async ({ query, caller }) => {
      const ctx = { ...powers, caller, pages }
      const asked = toQuery(query)
      if (query.downloadCsv === 'true') {
        const rows = await tableOfExecutions(ctx, asked, executionRowsWriter)
        return {
          status: 200,
          stream: withHeader(rows),
          contentType: 'text/csv; charset=utf-8',
          headers: {
            ...attachment('executions.csv'),
            'content-disposition': 'attachment; filename="executions.csv"',
          },
        } as const
      }
      return written(await listExecutions(ctx, asked, executionPageWriter))
    }),
    serve(hypersigilRoutes.listExecutionBundles, async ({ query, caller }) => {
      const { test_group_id, prompt_id } = query
      const asked = withoutUndefined({
        testGroupId: test_group_id?.toLowerCase(),
        promptId: prompt_id?.toLowerCase(),
      })
      return written(await listBundles({ ...powers, caller }, asked, bundleListWriter))
    }),
  ]
}

function singleRoutes(powers: ExecutionViewPowers) {
  return [
    serve(hypersigilRoutes.getExecutionStats, async ({ caller }) => {
      const { total, byStatus, byProvider } = await executionStats({ ...powers, caller })
      return found({ total, ...byStatus, byProvider })
    }),
    serve(hypersigilRoutes.getExecution, async ({ params, caller }) =>
      written(
        await getExecutionText({ ...powers, caller }, params.id.toLowerCase(), executionWriter),
      ),
    ),
  ]
}

function toQuery(query: WireQuery): ExecutionQuery {
  const { status, provider, promptId, promptVersion, deploymentId } = query
  const { testDataGroupId, bundleId, starred, ids, orderBy, orderDirection } = query
  const { limit, offset } = askedPage(query)
  return {
    ...withoutUndefined({
      status,
      provider,
      promptId: promptId?.toLowerCase(),
      promptVersion: promptVersion === undefined ? undefined : Number(promptVersion),
      deploymentId: deploymentId?.toLowerCase(),
      testGroupId: testDataGroupId?.toLowerCase(),
      bundleId: bundleId?.toLowerCase(),
      isStarred: starred === undefined ? undefined : starred === 'true',
      ids: readIds(ids),
    }),
    orderBy: orderBy ?? 'created_at',
    order: orderDirection === 'ASC' ? 'asc' : 'desc',
    limit,
    offset,
  }
}

/** An empty list asks for nothing in particular. */
function readIds(text: string | undefined): readonly string[] | undefined {
  const ids = text?.split(',').map((id) => id.trim().toLowerCase())
  const given = ids?.filter((id) => id !== '') ?? []
  return given.length === 0 ? undefined : given
}

async function* withHeader(rows: AsyncIterable<Uint8Array>): AsyncGenerator<string | Uint8Array> {
  yield tableHeader
  yield* rows
}
