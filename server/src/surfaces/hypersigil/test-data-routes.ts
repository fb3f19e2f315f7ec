import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  addItems,
  compileItem,
  createGroup,
  deleteGroup,
  deleteItem,
  exportItems,
  getGroup,
  getItem,
  groupSelectList,
  importFile,
  importItems,
  listGroups,
  listItems,
  updateGroup,
  updateItem,
  type DataQuery,
  type DatasetPowers,
} from '../../features/datasets/index.ts'
import type { Uses } from '../../features/identity/index.ts'
import type { PromptPowers } from '../../features/prompts/index.ts'
import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { conflictIsInvalid, serve } from './door.ts'
import { attachment } from './download-headers.ts'
import { askedPage, created, found, nothing, toPage, type PageAsked } from './envelopes.ts'
import { fromImport, toGroup, toImported, toItem } from './wire-test-data.ts'

export interface TestDataPowers extends Uses<'db' | 'clock' | 'ids'>, DatasetPowers, PromptPowers {
  readonly jobs: JobEngine
}

/** Data that prompts are tested on. Source: hypersigil contract §1.9, rulings §5. */
export function testDataRoutes(powers: TestDataPowers) {
  return [...groupRoutes(powers), ...itemRoutes(powers), ...useRoutes(powers)]
}

function groupRoutes(powers: TestDataPowers) {
  return [
    serve(hypersigilRoutes.listTestGroupChoices, async ({ caller }) =>
      found({ items: [...(await groupSelectList({ ...powers, caller }))] }),
    ),
    serve(hypersigilRoutes.listTestGroups, async ({ query, caller }) => {
      const page = askedPage(query)
      const { groups, total } = await listGroups({ ...powers, caller }, toQuery(query, page))
      return found(toPage(groups.map(toGroup), { ...page, total }))
    }),
    serve(hypersigilRoutes.createTestGroup, async ({ body, caller }) => {
      const { name, description = null, mode } = body
      const making = createGroup({ ...powers, caller }, { name, description, mode })
      return created(toGroup(await conflictIsInvalid(making)))
    }),
    serve(hypersigilRoutes.getTestGroup, async ({ params, caller }) =>
      found(toGroup(await getGroup({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.updateTestGroup, async ({ params, body, caller }) => {
      const { name, description } = body
      const changes = withoutUndefined({ name, description })
      const changing = updateGroup({ ...powers, caller }, params.id.toLowerCase(), changes)
      return found(toGroup(await conflictIsInvalid(changing)))
    }),
    serve(hypersigilRoutes.deleteTestGroup, async ({ params, caller }) => {
      await deleteGroup({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function itemRoutes(powers: TestDataPowers) {
  return [
    serve(hypersigilRoutes.listTestItems, async ({ params, query, caller }) => {
      const page = askedPage(query)
      const ctx = { ...powers, caller }
      const asked = toQuery(query, page)
      const { items, total } = await listItems(ctx, params.groupId.toLowerCase(), asked)
      return found(toPage(items.map(toItem), { ...page, total }))
    }),
    serve(hypersigilRoutes.addTestItem, async ({ params, body, caller }) => {
      const { name = null, content } = body
      const ctx = { ...powers, caller }
      const items = await addItems(ctx, params.groupId.toLowerCase(), [{ name, content }])
      return created(toItem(onlyOne(items)))
    }),
    serve(hypersigilRoutes.addTestItems, async ({ params, body, caller }) => {
      const given = body.items.map(({ name = null, content }) => ({ name, content }))
      const items = await addItems({ ...powers, caller }, params.groupId.toLowerCase(), given)
      return created({ created: items.map(toItem), errors: [] })
    }),
    serve(hypersigilRoutes.getTestItem, async ({ params, caller }) =>
      found(toItem(await getItem({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.updateTestItem, async ({ params, body, caller }) => {
      const changes = withoutUndefined(body)
      return found(
        toItem(await updateItem({ ...powers, caller }, params.id.toLowerCase(), changes)),
      )
    }),
    serve(hypersigilRoutes.deleteTestItem, async ({ params, caller }) => {
      await deleteItem({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

const mediaTypes = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
} as const

function useRoutes(powers: TestDataPowers) {
  return [
    serve(hypersigilRoutes.compileTestItem, async ({ body, caller, signal }) => {
      const { promptVersion: version = 0 } = body
      const asked = {
        itemId: body.testDataItemId.toLowerCase(),
        promptId: body.promptId.toLowerCase(),
        ...(version !== 0 && { version }),
      }
      const compiled = await compileItem({ ...powers, caller }, asked, signal)
      return compiled.status === 'compiled'
        ? found({ success: true, compiledPrompt: compiled.text })
        : found({ success: false, error: compiled.message })
    }),
    serve(hypersigilRoutes.importTestItems, async ({ params, body, caller }) => {
      const { format, fileId } = body
      const groupId = params.id.toLowerCase()
      const ctx = { ...powers, caller }
      if (fileId !== undefined) {
        const jobId = await importFile(ctx, { groupId, fileId: fileId.toLowerCase(), format })
        return { status: 202, body: { data: { jobId } } } as const
      }
      return found(toImported(await importItems(ctx, groupId, { format, texts: fromImport(body) })))
    }),
    serve(hypersigilRoutes.exportTestItems, async ({ params, query, caller }) => {
      const { format } = query
      const ctx = { ...powers, caller }
      const { group, pieces } = await exportItems(ctx, params.id.toLowerCase(), format)
      return {
        status: 200,
        stream: pieces,
        contentType: mediaTypes[format],
        headers: attachment(`${group.name}.${format}`),
      } as const
    }),
  ]
}

interface ListQuery {
  readonly search?: string | undefined
  readonly orderBy?: DataQuery['orderBy'] | undefined
  readonly orderDirection?: 'ASC' | 'DESC' | undefined
}

function toQuery(query: ListQuery, { limit, offset }: PageAsked): DataQuery {
  const { search, orderBy = 'created_at', orderDirection } = query
  const order = orderDirection === 'ASC' ? 'asc' : 'desc'
  return { ...withoutUndefined({ search }), orderBy, order, limit, offset }
}

function onlyOne<T>([item]: readonly T[]): T {
  if (item === undefined) throw new Error('One item was added')
  return item
}
