/** How the server is, and what is still to be set up. Source: hypersigil contract §1.0, §1.2. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, refusals, Time } from './route-kit.ts'

const ApiHealth = z
  .object({
    status: z.literal('healthy'),
    timestamp: Time,
    uptime: z.number().meta({ description: 'Seconds' }),
    version: z.string(),
  })
  .meta({ id: 'ApiHealth' })

const OnboardingStatus = z
  .object({
    promptAvailable: z.boolean().meta({ description: 'Whether there is a prompt' }),
    llmApiKeyAvailable: z.boolean().meta({ description: 'Whether a provider has its key' }),
  })
  .meta({ id: 'OnboardingStatus' })

const JsonSchemaDocument = z
  .object({
    openapi: z.literal('3.0.0'),
    info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
    paths: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'JsonSchemaDocument' })

export const statusRoutes = {
  getApiHealth: defineRoute({
    method: 'GET',
    path: '/api/health',
    summary: 'Tell that the server answers',
    ref: 'hypersigil §1.0',
    access: 'public',
    reply: { 200: ApiHealth },
  }),
  getJsonSchema: defineRoute({
    method: 'GET',
    path: '/api/json-schema',
    summary: 'Describe the part of the API that other software calls, in OpenAPI 3.0',
    ref: 'hypersigil §1.0',
    access: 'public',
    reply: { 200: JsonSchemaDocument },
  }),
  getOnboardingStatus: defineRoute({
    method: 'GET',
    path: '/api/v1/common/onboarding-status',
    summary: 'Tell what is still to be set up',
    ref: 'hypersigil §1.2',
    access: 'prompts:read',
    reply: { 200: dataOf(OnboardingStatus), ...refusals },
  }),
} as const
