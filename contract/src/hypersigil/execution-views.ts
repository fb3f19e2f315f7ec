/** What became of executions. Source: hypersigil contract §1.7, §1.8, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  BooleanWord,
  dataOf,
  inputRefusals,
  OrderDirection,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Uuid,
} from './route-kit.ts'

const Status = z.enum(['pending', 'running', 'completed', 'failed'])

export const Execution = z
  .object({
    id: z.string(),
    prompt_id: z.string().optional(),
    prompt_version: z.int().min(1).optional(),
    prompt_text: z.string().optional().meta({ description: 'What was sent instead of a prompt' }),
    prompt: z
      .object({ name: z.string(), version: z.int().min(1) })
      .optional()
      .meta({ description: 'As that version calls itself, while it exists' }),
    test_data_group_id: z.string().optional(),
    test_data_item_id: z.string().optional(),
    bundle_id: z.string().optional(),
    user_input: z.string(),
    provider: z.string(),
    model: z.string(),
    status: Status,
    result: z.string().optional(),
    result_valid: z.boolean().optional(),
    result_validation_message: z.string().optional(),
    input_tokens_used: z.int().min(0).optional(),
    output_tokens_used: z.int().min(0).optional(),
    cost: z.number().optional().meta({ description: 'In USD, where it is known' }),
    duration_ms: z.number().optional(),
    error_message: z.string().optional(),
    started_at: Time.optional(),
    completed_at: Time.optional(),
    created_at: Time,
    updated_at: Time,
    traceId: z.string().optional().meta({ description: 'What the client called its trace' }),
    trace_id: z.string().optional().meta({ description: 'Of the trace that the call left' }),
    span_id: z.string().optional(),
    origin: z.enum(['app', 'api']),
    starred: z.boolean().optional(),
    fileId: z.string().optional(),
    deployment_id: z.string().optional(),
    deployment_revision: z.int().min(1).optional(),
    options: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Execution' })
export type Execution = z.infer<typeof Execution>

const Version = z.string().regex(/^0*[1-9]\d{0,8}$/u, 'must be a whole number from 1')

const ExecutionQuery = z.strictObject({
  ...pageFields,
  status: Status.optional(),
  provider: z.string().optional(),
  promptId: Uuid.optional(),
  promptVersion: Version.optional(),
  deploymentId: Uuid.optional(),
  testDataGroupId: Uuid.optional(),
  bundleId: Uuid.optional(),
  starred: BooleanWord.optional().meta({
    description: '`false`: those of which it was said that they are not',
  }),
  ids: z.string().optional().meta({ description: 'With commas between' }),
  orderBy: z.enum(['created_at', 'updated_at', 'started_at', 'completed_at']).optional(),
  orderDirection: OrderDirection.optional(),
  downloadCsv: BooleanWord.optional().meta({ description: 'All that match, as a table' }),
})
export type ExecutionQuery = z.infer<typeof ExecutionQuery>

const Count = z.int().min(0)

const ExecutionStats = z
  .object({
    total: Count,
    pending: Count,
    running: Count,
    completed: Count,
    failed: Count,
    byProvider: z.record(z.string(), Count),
  })
  .meta({ id: 'ExecutionStats' })

const ExecutionBundle = z
  .object({
    id: z.string(),
    test_group_id: z.string(),
    execution_ids: z.array(z.string()).meta({ description: 'In the order they were made' }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'ExecutionBundle' })
export type ExecutionBundle = z.infer<typeof ExecutionBundle>

export const executionViewRoutes = {
  listExecutions: defineRoute({
    method: 'GET',
    path: '/api/v1/executions',
    summary: 'List executions, or download all that match as CSV',
    ref: 'hypersigil §1.7',
    access: 'executions:read',
    query: ExecutionQuery,
    reply: {
      200: { json: pageOf(Execution), media: 'text/csv; charset=utf-8' },
      ...inputRefusals,
    },
  }),
  getExecution: defineRoute({
    method: 'GET',
    path: '/api/v1/executions/{id}',
    summary: 'Read an execution',
    ref: 'hypersigil §1.7',
    access: 'executions:read',
    params: z.object({ id: Uuid }),
    reply: { 200: dataOf(Execution), ...refusals, 404: Refusal },
  }),
  getExecutionStats: defineRoute({
    method: 'GET',
    path: '/api/v1/executions/stats/all',
    summary: 'Count all executions by status and by provider',
    ref: 'hypersigil §1.7',
    access: 'executions:read',
    reply: { 200: dataOf(ExecutionStats), ...refusals },
  }),
  listExecutionBundles: defineRoute({
    method: 'GET',
    path: '/api/v1/execution-bundles',
    summary: 'List what was made at once over test data, the newest first',
    ref: 'hypersigil §1.8',
    access: 'executions:read',
    query: z
      .strictObject({ test_group_id: Uuid.optional(), prompt_id: Uuid.optional() })
      .refine(
        ({ test_group_id, prompt_id }) => test_group_id !== undefined || prompt_id !== undefined,
        { message: 'test_group_id or prompt_id is needed' },
      ),
    reply: { 200: dataOf(z.array(ExecutionBundle)), ...inputRefusals },
  }),
} as const
