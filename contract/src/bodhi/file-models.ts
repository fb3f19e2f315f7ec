/** Models that are files: their shapes. Source: bodhi contract §1.9 and B.1. */
import { z } from 'zod'
import {
  access,
  ContextParams,
  ModelMetadata,
  OAIRequestParams,
  sizeBytes,
} from './model-fields.ts'
import { Repo, Time } from './scalars.ts'

const file = {
  repo: z.string(),
  filename: z.string(),
  snapshot: z.string().meta({ description: 'The commit' }),
}

const known = {
  access,
  size: sizeBytes,
  metadata: ModelMetadata.nullable().meta({ description: 'Null for a file that cannot be read' }),
  model_params: z.object({}),
}

/** Beyond the contract: what a local model can do besides. */
export const AliasOptions = z
  .object({
    cache_seconds: z
      .number()
      .nullish()
      .meta({ description: 'How long an answer is given again to the very same request' }),
    trace_tokens: z
      .number()
      .nullish()
      .meta({ description: 'Record every token with so many alternatives, 0 to 20' }),
  })
  .meta({ id: 'BodhiAliasOptions' })
export type AliasOptions = z.infer<typeof AliasOptions>

export const UserAlias = z
  .object({
    source: z.literal('user'),
    id: z.string(),
    alias: z.string(),
    ...file,
    ...known,
    request_params: OAIRequestParams,
    context_params: ContextParams,
    options: AliasOptions,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'UserAlias' })
export type UserAlias = z.infer<typeof UserAlias>

/** A file that nobody has named: `user/repo:quantisation`. */
export const ModelAlias = z
  .object({
    source: z.literal('model'),
    alias: z.string(),
    ...file,
    ...known,
    request_params: OAIRequestParams,
    context_params: ContextParams,
  })
  .meta({ id: 'ModelAlias' })
export type ModelAlias = z.infer<typeof ModelAlias>

const said = {
  repo: Repo,
  filename: z.string(),
  snapshot: z.string().nullish().meta({ description: 'A branch or a commit; default `main`' }),
  request_params: OAIRequestParams.nullish(),
  context_params: ContextParams.nullish(),
  options: AliasOptions.nullish().meta({ description: 'Beyond the contract' }),
}

/** `alias` must be there to create one; to change one it may be left out. */
export const AliasRequest = z
  .object({ alias: z.string().nullish(), ...said })
  .meta({ id: 'AliasRequest' })
export type AliasRequest = z.infer<typeof AliasRequest>

export const CopyRequest = z.object({ alias: z.string() }).meta({ id: 'CopyAliasRequest' })
