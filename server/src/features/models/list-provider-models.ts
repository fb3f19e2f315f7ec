import { allow, maySeeConnection, mayUseModel } from '../identity/index.ts'
import { answersPrompts } from './answers-prompts.ts'
import { lackOf } from './connection-facts.ts'
import type { ConnectionKind } from './connection.ts'
import { discoveredModels } from './listed-local.ts'
import { listConnectionsOf, type ListedConnection } from './listers.ts'
import { toStatus } from './list-models.ts'
import type { ModelContext } from './model-context.ts'

/** A connection that can be called, with its models for prompts under their own names. */
export interface ProviderModels {
  readonly name: string
  readonly kind: ConnectionKind
  /** Whether it answered when it was asked last. */
  readonly isAvailable: boolean
  /** Why it did not, in words that may be shown. */
  readonly error?: string
  readonly models: readonly string[]
}

export interface ProviderCatalog {
  readonly providers: readonly ProviderModels[]
  /** Names of aliases and routers. */
  readonly aliases: readonly string[]
}

/**
 * What can be asked for, by connection. Those that nobody has to set up, the local engine and an
 * Ollama on this machine, count where they have models. Waits as `listModels` does: for providers
 * that never answered, all at once and two seconds at most. Needs `models:read`.
 */
export async function listProviderModels(ctx: ModelContext): Promise<ProviderCatalog> {
  allow(ctx.caller, 'models:read')
  const snapshot = await ctx.directory.snapshot()
  const [connections, discovered] = await Promise.all([
    listConnectionsOf(ctx, snapshot),
    discoveredModels(ctx, snapshot),
  ])
  const local = [...discovered.keys()]
  const isGranted = (name: string): boolean => mayUseModel(ctx.caller, name)
  return {
    providers: connections
      .filter(({ known: { facts } }) => maySeeConnection(ctx.caller, facts.name))
      .map((one) => toProvider(one, local, isGranted))
      .filter(({ provider, isSetUp }) => isSetUp || provider.models.length > 0)
      .map(({ provider }) => provider),
    aliases: [...snapshot.aliases.keys()].filter(isGranted),
  }
}

interface Sighted {
  readonly provider: ProviderModels
  readonly isSetUp: boolean
}

function toProvider(
  one: ListedConnection,
  local: readonly string[],
  isGranted: (name: string) => boolean,
): Sighted {
  const { facts, stored } = one.known
  const { name, kind, keySource, baseUrlSource } = facts
  const { status, error } = toStatus(one, local.length)
  const lack = lackOf(facts)
  const told = one.list?.models.map(({ id }) => id) ?? []
  const listed = facts.models ?? told.filter((id) => answersPrompts(kind, id))
  const all = kind === 'local' ? local : listed
  const models = lack === undefined ? all.filter((id) => isGranted(`${name}/${id}`)) : []
  const isChosen = keySource !== null || baseUrlSource !== 'built-in' || stored !== undefined
  return {
    provider: {
      name,
      kind,
      isAvailable: status === 'ok',
      ...(error !== undefined && { error }),
      models,
    },
    isSetUp: lack === undefined && kind !== 'local' && isChosen,
  }
}
