/** Models for embeddings in use under a name. Source: hypersigil contract §1.12, §8.3. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { DeploymentName, waitField, WebhookIds } from './deployments.ts'
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

const voyageModels = [
  'voyage-3-large',
  'voyage-3.5',
  'voyage-3.5-lite',
  'voyage-code-3',
  'voyage-finance-2',
  'voyage-law-2',
] as const

const Model = z
  .union([
    z.enum(voyageModels),
    z
      .string()
      .max(512)
      .regex(/^[^/]+\/./u, 'must be a model of Voyage, or connection/model'),
  ])
  .meta({ description: 'One of Voyage, or `connection/model` for any other' })

const InputType = z
  .enum(['query', 'document'])
  .nullable()
  .meta({ description: 'What the texts are, for models that make a difference' })

const EmbeddingDeployment = z
  .object({
    id: z.string(),
    name: z.string(),
    model: z.string(),
    inputType: InputType.optional(),
    webhookDestinationIds: z.array(z.string()).optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'EmbeddingDeployment' })
export type WireEmbeddingDeployment = z.infer<typeof EmbeddingDeployment>

const changeable = { inputType: InputType.optional(), webhookDestinationIds: WebhookIds.optional() }

const NewEmbeddingDeployment = z
  .strictObject({ name: DeploymentName, model: Model, ...changeable })
  .meta({ id: 'NewEmbeddingDeployment' })

const EmbeddingDeploymentChanges = z
  .strictObject({ model: Model.optional(), ...changeable })
  .meta({ id: 'EmbeddingDeploymentChanges' })

const Text = z.string().min(1)

const Run = z
  .strictObject({ inputs: z.union([Text, z.array(Text).min(1)]) })
  .meta({ id: 'EmbeddingDeploymentRun' })

const Embedded = z.object({
  embeddings: z.array(z.array(z.number())),
  model: z.string(),
  usage: z.object({ inputTokens: z.int().optional() }),
})

const StartedRun = z
  .object({
    jobId: z.string(),
    status: z.enum(['completed', 'failed', 'terminated']).optional().meta({
      description: 'Where the run was waited for and ended in time',
    }),
    result: Embedded.optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'StartedEmbeddingRun' })

const path = '/api/v1/deployment-embeddings'
const ById = z.object({ id: Uuid })
const ByName = z.object({ name: z.string().min(1) })

export const deploymentEmbeddingRoutes = {
  listEmbeddingDeployments: defineRoute({
    method: 'GET',
    path,
    summary: 'List deployments of models for embeddings; a search looks at name and model',
    ref: 'hypersigil §1.12',
    access: 'prompts:read',
    query: z.strictObject({
      ...pageFields,
      search: z.string().optional(),
      orderBy: z
        .enum(['name', 'model', 'status', 'created_at', 'updated_at'])
        .optional()
        .meta({ description: '`status` is what none has: as `created_at`' }),
      orderDirection: OrderDirection.optional(),
    }),
    reply: { 200: pageOf(EmbeddingDeployment), ...inputRefusals },
  }),
  createEmbeddingDeployment: defineRoute({
    method: 'POST',
    path,
    summary: 'Put a model for embeddings into use under a name',
    ref: 'hypersigil §1.12',
    access: 'deployments:manage',
    body: NewEmbeddingDeployment,
    reply: { 201: dataOf(EmbeddingDeployment), ...inputRefusals },
  }),
  getEmbeddingDeploymentByName: defineRoute({
    method: 'GET',
    path: `${path}/name/{name}`,
    summary: 'Read the deployment for embeddings of a name',
    ref: 'hypersigil §1.12',
    access: 'prompts:read',
    params: ByName,
    reply: { 200: dataOf(EmbeddingDeployment), ...refusals, 404: Refusal },
  }),
  getEmbeddingDeployment: defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    summary: 'Read a deployment for embeddings',
    ref: 'hypersigil §1.12',
    access: 'prompts:read',
    params: ById,
    reply: { 200: dataOf(EmbeddingDeployment), ...refusals, 404: Refusal },
  }),
  updateEmbeddingDeployment: defineRoute({
    method: 'PUT',
    path: `${path}/{id}`,
    summary: 'Change a deployment for embeddings: what is sent replaces what was',
    ref: 'hypersigil §1.12',
    access: 'deployments:manage',
    params: ById,
    body: EmbeddingDeploymentChanges,
    reply: { 200: dataOf(EmbeddingDeployment), ...inputRefusals, 404: Refusal },
  }),
  deleteEmbeddingDeployment: defineRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    summary: 'Delete a deployment for embeddings',
    ref: 'hypersigil §1.12',
    access: 'deployments:manage',
    params: ById,
    reply: { 204: nothing, ...inputRefusals, 404: Refusal },
  }),
  runEmbeddingDeployment: defineRoute({
    method: 'POST',
    path: `${path}/run/{name}`,
    summary: 'Have texts turned into vectors by a job, whose result they are',
    ref: 'hypersigil §1.12',
    access: 'embeddings:run',
    params: ByName,
    query: z.strictObject(waitField),
    body: Run,
    reply: { 201: dataOf(StartedRun), ...inputRefusals, 404: Refusal, 503: Refusal },
  }),
} as const
