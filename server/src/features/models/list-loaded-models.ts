import { createHash } from 'node:crypto'
import { readableMetadata } from '../model-files/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { allow, mayUseModel } from '../identity/index.ts'
import { askOllama } from './ask-ollama.ts'
import { lackOf, openConnection } from './connection-facts.ts'
import type { Connection } from './connection.ts'
import { knownConnections } from './known-connections.ts'
import { placedName } from './local-models.ts'
import type { ModelContext } from './model-context.ts'
import { ollamaDetails } from './ollama-details.ts'

/** The longest that one Ollama is waited for. */
const limitMs = 2_000
/** What an Ollama says of a model that stays is a time far away too. */
const never = Date.UTC(9999, 0)

/**
 * What the engine here and the connected Ollamas hold in memory, in an Ollama's words, each by the
 * name by which it is asked for here. An Ollama that does not answer in time is left out, as are
 * models that are not granted. Needs `models:read`.
 */
export async function listLoadedModels(
  ctx: ModelContext,
  hops: number,
): Promise<readonly JsonObject[]> {
  allow(ctx.caller, 'models:read')
  const connections = await ollamas(ctx)
  const [own, ...lists] = await Promise.all([
    loadedHere(ctx),
    ...connections.map((one) => loadedBy(ctx, one, hops)),
  ])
  return [...own, ...lists.flat()].filter(({ name }) => mayUseModel(ctx.caller, name))
}

async function ollamas({ directory, providers, vault }: ModelContext): Promise<Connection[]> {
  const { connections } = await directory.snapshot()
  return knownConnections(connections, providers).flatMap(({ facts, stored }) => {
    if (facts.kind !== 'ollama' || lackOf(facts) !== undefined) return []
    try {
      return [openConnection(facts, stored, { vault, providers })]
    } catch (error) {
      // One that cannot be called holds nothing that could be asked for.
      if (error instanceof DomainError) return []
      throw error
    }
  })
}

interface NamedModel extends JsonObject {
  readonly name: string
}

async function loadedBy(
  { upstream }: ModelContext,
  connection: Connection,
  hops: number,
): Promise<readonly NamedModel[]> {
  try {
    const signal = AbortSignal.timeout(limitMs)
    const { models } = await askOllama(upstream, connection, { path: '/api/ps', hops, signal })
    return Array.isArray(models) ? models.flatMap((model) => named(model, connection)) : []
  } catch (error) {
    if (error instanceof DomainError) return []
    throw error
  }
}

async function loadedHere(ctx: ModelContext): Promise<readonly NamedModel[]> {
  const loaded = ctx.engine.loaded().filter(({ state }) => state !== 'loading')
  const files = loaded.length === 0 ? [] : await ctx.library.files()
  return Promise.all(
    loaded.map(async ({ plan, memoryBytes, contextSize, unloadsAt }) => {
      const file = files.find(({ path }) => path === plan.path)
      const metadata = file ? await readableMetadata(ctx.library, file) : null
      const name = mayUseModel(ctx.caller, plan.name) ? plan.name : placedName(plan.name)
      return {
        name,
        model: name,
        size: memoryBytes,
        // Clients cut off the beginning of what must be long enough.
        digest: createHash('sha256').update(name).digest('hex'),
        details: ollamaDetails(metadata),
        expires_at: new Date(unloadsAt === null ? never : unloadsAt * 1000).toISOString(),
        size_vram: 0,
        ...(contextSize !== null && { context_length: contextSize }),
      }
    }),
  )
}

function named(model: unknown, { name: connection }: Connection): readonly NamedModel[] {
  const own = isJsonObject(model) ? (model['name'] ?? model['model']) : undefined
  if (!isJsonObject(model) || typeof own !== 'string') return []
  const name = `${connection}/${own}`
  return [{ ...model, name, model: name }]
}
