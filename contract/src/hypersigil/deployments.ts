/** Prompts in use under a name. Source: hypersigil contract §1.11, §8.1, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { Execution } from './execution-views.ts'
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

/** What a deployment, of prompts or of embeddings, may be called. */
export const DeploymentName = z
  .string()
  .max(255)
  .regex(/^[a-z0-9_-]+$/u, 'must be small letters, digits, - and _')

export const WebhookIds = z
  .array(z.string().min(1))
  .max(100)
  .meta({ description: 'Destinations that are told of each run' })

/** For as long as a run may be waited for. */
export const waitField = {
  wait: z
    .string()
    .regex(/^(?:[1-9]\d?|1\d\d|2[0-3]\d|240)$/u, 'must be a whole number from 1 to 240')
    .optional()
    .meta({ description: 'Seconds to wait for the end of the run' }),
}

const Options = z.object({
  temperature: z.number().min(0).max(1).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().min(1).optional(),
})

const Provider = z
  .string()
  .regex(/^[a-z0-9_-]{1,40}$/u, 'must be the name of a provider')
  .meta({
    description:
      'openai, anthropic, ollama, gemini, deepseek, deepinfra, any other connection, local, or ' +
      'alias for a model that is the name of an alias or a router',
  })

const PromptVersion = z.int().min(1)
const Model = z.string().min(1).max(512)

const content = {
  promptId: z.string(),
  promptVersion: PromptVersion,
  provider: z.string(),
  model: z.string(),
  options: Options.optional(),
  webhookDestinationIds: z.array(z.string()).optional(),
}

const Deployment = z
  .object({
    id: z.string(),
    name: z.string(),
    ...content,
    revision: z.int().min(1).meta({ description: 'One more with each change' }),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Deployment' })
export type WireDeployment = z.infer<typeof Deployment>

const Revision = z
  .object({ revision: z.int().min(1), ...content, created_at: Time })
  .meta({ id: 'DeploymentRevision' })
export type WireRevision = z.infer<typeof Revision>

const NewDeployment = z
  .strictObject({
    name: DeploymentName,
    promptId: Uuid,
    promptVersion: PromptVersion,
    provider: Provider,
    model: Model,
    options: Options.optional(),
    webhookDestinationIds: WebhookIds.optional(),
  })
  .meta({ id: 'NewDeployment' })

const DeploymentChanges = z
  .strictObject({
    promptId: Uuid.optional(),
    promptVersion: PromptVersion,
    provider: Provider.optional(),
    model: Model.optional(),
    options: Options.optional(),
    webhookDestinationIds: WebhookIds.optional(),
  })
  .meta({ id: 'DeploymentChanges' })

const Run = z
  .strictObject({
    userInput: z.string().min(1),
    traceId: z.string().optional().meta({ description: 'What the client calls its trace' }),
    fileId: Uuid.optional(),
  })
  .meta({ id: 'DeploymentRun' })

const StartedRun = z
  .object({
    executionId: z.string(),
    execution: Execution.optional().meta({
      description: 'Where it was waited for and ended in time',
    }),
  })
  .meta({ id: 'StartedDeploymentRun' })

const path = '/api/v1/deployments'
const ById = z.object({ id: Uuid })
const ByName = z.object({ name: z.string().min(1) })

const readRoutes = {
  listDeployments: defineRoute({
    method: 'GET',
    path,
    summary: 'List deployments; a search looks at name, provider and model',
    ref: 'hypersigil §1.11',
    access: 'prompts:read',
    query: z.strictObject({
      ...pageFields,
      search: z.string().optional(),
      orderBy: z.enum(['name', 'provider', 'model', 'created_at', 'updated_at']).optional(),
      orderDirection: OrderDirection.optional(),
    }),
    reply: { 200: pageOf(Deployment), ...inputRefusals },
  }),
  getDeploymentByName: defineRoute({
    method: 'GET',
    path: `${path}/name/{name}`,
    summary: 'Read the deployment of a name',
    ref: 'hypersigil §1.11',
    access: 'prompts:read',
    params: ByName,
    reply: { 200: dataOf(Deployment), ...refusals, 404: Refusal },
  }),
  getDeployment: defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    summary: 'Read a deployment',
    ref: 'hypersigil §1.11',
    access: 'prompts:read',
    params: ById,
    reply: { 200: dataOf(Deployment), ...refusals, 404: Refusal },
  }),
  listDeploymentRevisions: defineRoute({
    method: 'GET',
    path: `${path}/{id}/history`,
    summary: 'List what a deployment has been, the newest first',
    ref: 'rulings §5',
    access: 'prompts:read',
    params: ById,
    query: z.strictObject(pageFields),
    reply: { 200: pageOf(Revision), ...inputRefusals, 404: Refusal },
  }),
} as const

const writeRoutes = {
  createDeployment: defineRoute({
    method: 'POST',
    path,
    summary: 'Put a version of a prompt into use under a name',
    ref: 'hypersigil §1.11',
    access: 'deployments:manage',
    body: NewDeployment,
    reply: { 201: dataOf(Deployment), ...inputRefusals },
  }),
  updateDeployment: defineRoute({
    method: 'PUT',
    path: `${path}/{id}`,
    summary: 'Change a deployment: what is sent replaces what was',
    ref: 'hypersigil §1.11',
    access: 'deployments:manage',
    params: ById,
    body: DeploymentChanges,
    reply: { 200: dataOf(Deployment), ...inputRefusals, 404: Refusal },
  }),
  rollBackDeployment: defineRoute({
    method: 'POST',
    path: `${path}/{id}/rollback`,
    summary: 'Make a deployment what it was: a new revision that says what an earlier one said',
    ref: 'rulings §5',
    access: 'deployments:manage',
    params: ById,
    body: z.strictObject({ revision: z.int().min(1) }),
    reply: { 200: dataOf(Deployment), ...inputRefusals, 404: Refusal },
  }),
  deleteDeployment: defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    summary: 'Delete a deployment with its history; its executions stay',
    ref: 'hypersigil §1.11',
    access: 'deployments:manage',
    params: ById,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
  runDeployment: defineRoute({
    method: 'POST',
    path: `${path}/run/{name}`,
    summary: 'Run the version of the prompt that a deployment names',
    ref: 'hypersigil §1.11',
    access: 'deployments:run',
    params: ByName,
    query: z.strictObject(waitField),
    body: Run,
    reply: { 201: dataOf(StartedRun), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
} as const

export const deploymentRoutes = { ...readRoutes, ...writeRoutes } as const
