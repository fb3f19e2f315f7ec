/** Data that prompts are tested on. Source: hypersigil contract §1.9, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  dataOf,
  inputRefusals,
  nothing,
  OrderDirection,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Uuid,
} from './route-kit.ts'

const Mode = z
  .enum(['raw', 'json'])
  .meta({ description: 'Whether the content of each item must be a JSON text' })

const TestGroup = z
  .object({
    id: z.string(),
    name: z.string(),
    mode: Mode,
    description: z.string().optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'TestDataGroup' })
export type TestGroup = z.infer<typeof TestGroup>

const TestItem = z
  .object({
    id: z.string(),
    group_id: z.string(),
    name: z.string().optional(),
    content: z.string(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'TestDataItem' })
export type TestItem = z.infer<typeof TestItem>

const Name = z.string().min(1).max(255)

const NewGroup = z
  .strictObject({ name: Name, description: z.string().optional(), mode: Mode })
  .meta({ id: 'NewTestDataGroup' })

const GroupChanges = z
  .strictObject({
    name: Name.optional(),
    description: z.string().optional(),
    mode: Mode.meta({ description: 'Stays what it was, whatever is sent' }),
  })
  .meta({ id: 'TestDataGroupChanges' })

const itemFields = { name: z.string().optional(), content: z.string().min(1) }
const NewItem = z.strictObject(itemFields).meta({ id: 'NewTestDataItem' })

const NewItems = z
  .strictObject({ items: z.array(z.object(itemFields)).min(1).max(100) })
  .meta({ id: 'NewTestDataItems' })

const ItemChanges = z
  .strictObject({ name: z.string().optional(), content: z.string().min(1).optional() })
  .meta({ id: 'TestDataItemChanges' })

const AddedItems = z
  .object({
    created: z.array(TestItem),
    errors: z.array(z.object({ index: z.int().min(0), error: z.string() })),
  })
  .meta({ id: 'AddedTestDataItems' })

const Compilation = z
  .strictObject({
    promptId: Uuid,
    testDataItemId: Uuid,
    promptVersion: z.int().min(0).optional().meta({ description: 'The newest if 0 or left out' }),
  })
  .meta({ id: 'TestDataCompilation' })

const CompiledItem = z
  .object({
    success: z.boolean(),
    compiledPrompt: z.string().optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'CompiledTestDataItem' })

const Format = z.enum(['csv', 'jsonl', 'md'])

const Import = z
  .strictObject({
    format: Format,
    content: z.string().min(1).optional(),
    name: z.string().min(1).max(255).optional().meta({ description: 'Of a Markdown item' }),
    files: z
      .array(z.object({ name: z.string().min(1).max(255), content: z.string() }))
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: 'Several texts of this format; of Markdown each is an item' }),
    fileId: Uuid.optional().meta({ description: 'A file that is kept: a job reads it, see 202' }),
  })
  .refine(
    ({ content, files, fileId }) =>
      [content, files, fileId].filter((source) => source !== undefined).length === 1,
    { message: 'exactly one of content, files and fileId is needed' },
  )
  .meta({ id: 'TestDataImport' })
export type Import = z.infer<typeof Import>

const Imported = z
  .object({
    created: z.int().min(0),
    refused: z
      .array(z.object({ row: z.int().min(1), error: z.string(), file: z.string().optional() }))
      .meta({
        description:
          'The first thousand. `row` is the row of a table (its header is 1), the line of JSON ' +
          'Lines, or the item of a Markdown text; `file` is said where several were sent',
      }),
    refusedCount: z.int().min(0),
  })
  .meta({ id: 'ImportedTestData' })

const StartedImport = z
  .object({ jobId: z.string() })
  .meta({ id: 'StartedImport', description: 'Its progress and result are those of the job' })

const noQuery = z.strictObject({})
const ById = z.object({ id: Uuid })
const OfGroup = z.object({ groupId: Uuid })

const listQuery = z.strictObject({
  ...pageFields,
  search: z.string().optional(),
  orderBy: z.enum(['name', 'created_at', 'updated_at']).optional(),
  orderDirection: OrderDirection.optional(),
})

const groupRoutes = {
  listTestGroupChoices: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/select-list',
    summary: 'List every group of test data by name, the newest first',
    ref: 'hypersigil §1.9',
    access: 'data:read',
    reply: {
      200: dataOf(z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) })),
      ...refusals,
    },
  }),
  listTestGroups: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/groups',
    summary: 'List groups of test data; a search looks at name and description',
    ref: 'hypersigil §1.9',
    access: 'data:read',
    query: listQuery,
    reply: { 200: pageOf(TestGroup), ...refusals },
  }),
  createTestGroup: defineRoute({
    method: 'POST',
    path: '/api/v1/test-data/groups',
    summary: 'Make a group of test data',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    query: noQuery,
    body: NewGroup,
    reply: { 201: dataOf(TestGroup), ...inputRefusals },
  }),
  getTestGroup: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/groups/{id}',
    summary: 'Read a group of test data',
    ref: 'hypersigil §1.9',
    access: 'data:read',
    params: ById,
    query: noQuery,
    reply: { 200: dataOf(TestGroup), ...refusals, 404: Refusal },
  }),
  updateTestGroup: defineRoute({
    method: 'PUT',
    path: '/api/v1/test-data/groups/{id}',
    summary: 'Change the name or description of a group of test data',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: ById,
    query: noQuery,
    body: GroupChanges,
    reply: { 200: dataOf(TestGroup), ...inputRefusals, 404: Refusal },
  }),
  deleteTestGroup: defineRoute({
    method: 'DELETE',
    path: '/api/v1/test-data/groups/{id}',
    summary: 'Delete a group of test data with its items',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: ById,
    query: noQuery,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
} as const

const itemRoutes = {
  listTestItems: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/groups/{groupId}/items',
    summary: 'List the items of a group; a search looks at name and content',
    ref: 'hypersigil §1.9',
    access: 'data:read',
    params: OfGroup,
    query: listQuery,
    reply: { 200: pageOf(TestItem), ...refusals, 404: Refusal },
  }),
  addTestItem: defineRoute({
    method: 'POST',
    path: '/api/v1/test-data/groups/{groupId}/items',
    summary: 'Add an item to a group',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: OfGroup,
    query: noQuery,
    body: NewItem,
    reply: { 201: dataOf(TestItem), ...inputRefusals, 404: Refusal },
  }),
  addTestItems: defineRoute({
    method: 'POST',
    path: '/api/v1/test-data/groups/{groupId}/items/bulk',
    summary: 'Add up to 100 items to a group: all or none of them',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: OfGroup,
    query: noQuery,
    body: NewItems,
    reply: { 201: dataOf(AddedItems), ...inputRefusals, 404: Refusal },
  }),
  getTestItem: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/items/{id}',
    summary: 'Read an item of test data',
    ref: 'hypersigil §1.9',
    access: 'data:read',
    params: ById,
    query: noQuery,
    reply: { 200: dataOf(TestItem), ...refusals, 404: Refusal },
  }),
  updateTestItem: defineRoute({
    method: 'PUT',
    path: '/api/v1/test-data/items/{id}',
    summary: 'Change an item of test data',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: ById,
    query: noQuery,
    body: ItemChanges,
    reply: { 200: dataOf(TestItem), ...inputRefusals, 404: Refusal },
  }),
  deleteTestItem: defineRoute({
    method: 'DELETE',
    path: '/api/v1/test-data/items/{id}',
    summary: 'Delete an item of test data',
    ref: 'hypersigil §1.9',
    access: 'data:write',
    params: ById,
    query: noQuery,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
} as const

const useRoutes = {
  compileTestItem: defineRoute({
    method: 'POST',
    path: '/api/v1/test-data/compile-prompt',
    summary: 'Fill the templates of a prompt with an item, whatever the schema of its input',
    ref: 'hypersigil §1.9',
    access: 'prompts:preview',
    query: noQuery,
    body: Compilation,
    reply: { 200: dataOf(CompiledItem), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
  importTestItems: defineRoute({
    method: 'POST',
    path: '/api/v1/test-data/groups/{id}/import',
    summary: 'Add the items that CSV, JSON Lines or Markdown holds; rows that cannot be are told',
    ref: 'rulings §5',
    access: 'data:write',
    params: ById,
    query: noQuery,
    body: Import,
    reply: {
      200: dataOf(Imported),
      202: dataOf(StartedImport),
      ...inputRefusals,
      404: Refusal,
    },
  }),
  exportTestItems: defineRoute({
    method: 'GET',
    path: '/api/v1/test-data/groups/{id}/export',
    summary: 'Download the items of a group as a text that can be imported again',
    ref: 'rulings §5',
    access: 'data:read',
    params: ById,
    query: z.strictObject({ format: Format }),
    reply: { 200: { media: 'text/plain' }, ...refusals, 404: Refusal },
  }),
} as const

export const testDataRoutes = { ...groupRoutes, ...itemRoutes, ...useRoutes } as const
