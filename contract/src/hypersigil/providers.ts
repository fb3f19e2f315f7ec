/** Where prompts can be run. Source: hypersigil contract §1.7, §5.6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BooleanWord, dataOf, refusals } from './route-kit.ts'

const ProviderHealth = z
  .object({
    available: z.boolean(),
    models: z.array(z.string()),
    supportsFileUpload: z.boolean(),
    error: z.string().optional(),
  })
  .meta({ id: 'ProviderHealth' })
export type ProviderHealth = z.infer<typeof ProviderHealth>

const path = '/api/v1/executions/providers'
const access = 'models:read'
/** Six that every server knows, `local`, `alias` and connections by their names. */
const Provider = z.string()

export const providerRoutes = {
  getProvidersHealth: defineRoute({
    method: 'GET',
    path: `${path}/health`,
    summary: 'Tell how each provider is',
    ref: 'hypersigil §1.7',
    access,
    reply: { 200: dataOf(z.record(Provider, ProviderHealth)), ...refusals },
  }),
  listExecutionProviders: defineRoute({
    method: 'GET',
    path: `${path}/list`,
    summary: 'List the providers that can be asked',
    ref: 'hypersigil §1.7',
    access,
    reply: { 200: dataOf(z.array(Provider)), ...refusals },
  }),
  listExecutionModels: defineRoute({
    method: 'GET',
    path: `${path}/models`,
    summary: 'List the models of the providers that answer',
    ref: 'hypersigil §1.7',
    access,
    query: z.strictObject({ supportsFileUpload: BooleanWord.optional() }),
    reply: { 200: dataOf(z.record(Provider, z.array(z.string()))), ...refusals },
  }),
} as const
