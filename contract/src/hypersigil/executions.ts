/** Running prompts on models. Source: hypersigil contract §1.7, §3.1, rulings §4. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, inputRefusals, nothing, Refusal, refusals, Uuid } from './route-kit.ts'

const Options = z
  .looseObject({
    schema: z.record(z.string(), z.unknown()).optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.number().min(1).optional(),
    topP: z.number().min(0).max(1).optional(),
    topK: z.number().min(1).optional(),
    webSearch: z.boolean().optional(),
  })
  .meta({ id: 'ExecutionOptions', description: 'Other members are kept as they are' })

const NewExecutions = z
  .strictObject({
    promptId: Uuid.optional(),
    promptVersion: z.int().min(0).optional().meta({ description: 'The newest if 0 or left out' }),
    promptText: z.string().optional().meta({ description: 'Sent instead of the prompt' }),
    userInput: z.string().optional(),
    testDataGroupId: Uuid.optional().meta({
      description: 'The prompt is run once for each of its items, the newest first',
    }),
    traceId: z.string().optional().meta({ description: 'What the client calls its trace' }),
    providerModel: z
      .array(z.string().regex(/^[a-zA-Z0-9_-]+:.+$/u, 'must be provider:model'))
      .meta({ description: '`alias:<name>` stands for an alias or a router' }),
    options: Options.optional(),
    fileId: Uuid.optional(),
  })
  .refine(({ promptId, promptText = '' }) => promptId !== undefined || promptText !== '', {
    message: 'promptId or promptText is needed',
  })
  .refine(
    ({ promptId, userInput, testDataGroupId }) =>
      promptId === undefined || userInput !== undefined || testDataGroupId !== undefined,
    { message: 'a prompt needs userInput or testDataGroupId' },
  )
  .meta({ id: 'NewExecutions' })
export type NewExecutions = z.infer<typeof NewExecutions>

const CreatedExecutions = z
  .object({ executionIds: z.array(z.string()) })
  .meta({ id: 'CreatedExecutions', description: 'In the order of the models, then of the items' })

const ExecutionChanges = z
  .strictObject({ starred: z.boolean().optional(), userStatus: z.string().optional() })
  .meta({ id: 'ExecutionChanges' })

const ById = z.object({ id: Uuid })

export const executionRoutes = {
  createExecutions: defineRoute({
    method: 'POST',
    path: '/api/v1/executions',
    summary: 'Run a prompt or a text on models, once or over a group of test data: all or nothing',
    ref: 'hypersigil §1.7',
    access: 'executions:run',
    body: NewExecutions,
    reply: { 201: dataOf(CreatedExecutions), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
  cancelExecution: defineRoute({
    method: 'DELETE',
    path: '/api/v1/executions/{id}',
    summary: 'End an execution that waits or runs; its call is broken off, its row stays',
    ref: 'hypersigil §1.7',
    access: 'executions:run',
    params: ById,
    reply: { 204: nothing, ...refusals, 400: Refusal, 404: Refusal },
  }),
  changeExecution: defineRoute({
    method: 'POST',
    path: '/api/v1/executions/update-fields/{id}',
    summary: 'Star an execution, or note what people think of it',
    ref: 'hypersigil §1.7',
    access: 'executions:run',
    params: ById,
    body: ExecutionChanges,
    reply: { 201: dataOf(z.object({})), ...inputRefusals, 404: Refusal },
  }),
} as const
