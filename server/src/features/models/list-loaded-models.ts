import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { allow, mayUseModel } from '../identity/index.ts'
import { askOllama } from './ask-ollama.ts'
import { lackOf, openConnection } from './connection-facts.ts'
import type { Connection } from './connection.ts'
import { knownConnections } from './known-connections.ts'
import type { ModelContext } from './model-context.ts'

/** The longest that one Ollama is waited for. */
const limitMs = 2_000

/**
 * What the connected Ollamas hold in memory, each in its own words but for the name, which is the one
 * by which it is asked for here. An Ollama that does not answer in time is left out, as are models
 * that are not granted. Needs `models:read`.
 */
export async function listLoadedModels(
  ctx: ModelContext,
  hops: number,
): Promise<readonly JsonObject[]> {
  allow(ctx.caller, 'models:read')
  const connections = await ollamas(ctx)
  const lists = await Promise.all(connections.map((one) => loadedBy(ctx, one, hops)))
  return lists.flat().filter(({ name }) => mayUseModel(ctx.caller, name))
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

function named(model: unknown, { name: connection }: Connection): readonly NamedModel[] {
  const own = isJsonObject(model) ? (model['name'] ?? model['model']) : undefined
  if (!isJsonObject(model) || typeof own !== 'string') return []
  const name = `${connection}/${own}`
  return [{ ...model, name, model: name }]
}
