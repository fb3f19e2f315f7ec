/** Provider keys. Source: beacon contract §5.1. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, ValidationReply, withBody } from './errors.ts'

export const keyProviders = ['openai', 'anthropic', 'google'] as const
export type KeyProvider = (typeof keyProviders)[number]

export const ApiKeyEntry = z
  .object({
    provider: z.enum(keyProviders),
    configured: z.boolean(),
    masked_key: z.string().nullable(),
  })
  .meta({ id: 'ApiKeyEntry' })
export type ApiKeyEntry = z.infer<typeof ApiKeyEntry>

export const ApiKeyState = z
  .object({ provider: z.enum(keyProviders), configured: z.boolean() })
  .meta({ id: 'ApiKeyState' })
export type ApiKeyState = z.infer<typeof ApiKeyState>

/** The provider is free text here: an unknown one is refused with 400, not 422. */
export const ApiKeyInput = z
  .object({ provider: z.string(), api_key: z.string() })
  .meta({ id: 'ApiKeyInput' })
export type ApiKeyInput = z.infer<typeof ApiKeyInput>

export const listApiKeys = defineRoute({
  method: 'GET',
  path: '/v1/settings/api-keys',
  summary: 'Show which providers have a stored key',
  ref: 'beacon §1.1-19',
  access: 'settings:manage',
  reply: { 200: z.array(ApiKeyEntry), ...guarded },
})

export const putApiKey = defineRoute({
  method: 'PUT',
  path: '/v1/settings/api-keys',
  summary: 'Store the key of a provider',
  ref: 'beacon §1.1-20',
  access: 'settings:manage',
  body: ApiKeyInput,
  reply: { 200: ApiKeyState, 400: ErrorReply, ...guarded, ...withBody },
})

export const deleteApiKey = defineRoute({
  method: 'DELETE',
  path: '/v1/settings/api-keys/{provider}',
  summary: 'Remove the stored key of a provider',
  ref: 'beacon §1.1-21',
  access: 'settings:manage',
  params: z.object({ provider: z.string() }),
  reply: { 200: ApiKeyState, 400: ErrorReply, 422: ValidationReply, ...guarded },
})
