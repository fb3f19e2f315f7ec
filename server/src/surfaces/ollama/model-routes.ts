import { createHash } from 'node:crypto'
import type { Tags } from '@pharos/contract/ollama/models.ts'
import { ollamaRoutes } from '@pharos/contract/ollama/routes.ts'
import { mayUseModel, type Caller } from '../../features/identity/index.ts'
import {
  describeModel,
  listLoadedModels,
  listModels,
  ollamaDetails,
  type ListedModel,
} from '../../features/models/index.ts'
import {
  describeModelFiles,
  type ModelFile,
  type ModelMetadata,
} from '../../features/model-files/index.ts'
import { hopsOf } from '../../platform/http/ask-facts.ts'
import { serve, type OllamaPowers } from './door.ts'
import { acceptsAnyJson } from './media-type.ts'
import { rfc3339 } from './rfc3339.ts'
import { noDetails, shownModel } from './shown-model.ts'

/**
 * Clients compare it with the version that brought what they want to use. This is the one whose chat
 * this surface speaks: the chances of tokens (`logprobs`) came with it, ids of tool calls, thinking
 * and schemas before it.
 */
const apiVersion = '0.12.11'

/** Reading about models. Source: bodhi contract §1.15, Ollama's API reference. */
export function modelRoutes(powers: OllamaPowers) {
  return [
    serve(ollamaRoutes.listTags, async ({ caller }) => {
      const ctx = { ...powers, caller }
      const { models } = await listModels(ctx, grantsOf(caller))
      const described = await describeModelFiles(
        ctx,
        models.flatMap(({ file }) => file ?? []),
      )
      const metadata = new Map(described.map((one) => [one.file, one.metadata]))
      return { status: 200, body: { models: models.map((model) => toTag(model, metadata)) } }
    }),
    serve(
      ollamaRoutes.showModel,
      async ({ body, caller, request, signal }) => {
        const { model, name, ...more } = body
        const question = { more, hops: hopsOf(request), signal }
        const described = await describeModel({ ...powers, caller }, model ?? name ?? '', question)
        return { status: 200, json: JSON.stringify(shownModel(described)) }
      },
      { acceptsType: acceptsAnyJson },
    ),
    serve(ollamaRoutes.listLoaded, async ({ caller, request }) => {
      const models = await listLoadedModels({ ...powers, caller }, hopsOf(request))
      return { status: 200, json: JSON.stringify({ models }) }
    }),
    serve(ollamaRoutes.version, () => ({ status: 200, body: { version: apiVersion } })),
  ]
}

function grantsOf(caller: Caller): (name: string) => boolean {
  return (name) => mayUseModel(caller, name)
}

function toTag(
  { id, createdAt, file }: ListedModel,
  metadata: ReadonlyMap<ModelFile, ModelMetadata | null>,
): Tags['models'][number] {
  return {
    name: id,
    model: id,
    modified_at: rfc3339(createdAt),
    size: file?.sizeBytes ?? 0,
    digest: digestOf(id),
    details: file ? ollamaDetails(metadata.get(file) ?? null) : noDetails,
  }
}

/** Nobody digests large files for a list, but clients cut off the beginning of what must be long enough. */
function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
