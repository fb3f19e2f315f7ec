import { lackOf } from './connection-facts.ts'
import {
  isAsked,
  knownConnections,
  listSourceOf,
  type KnownConnection,
} from './known-connections.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'
import type { KeptList } from './model-lists.ts'

/** A connection with the models that it is known to have. */
export interface ListedConnection {
  readonly known: KnownConnection
  /** Undefined where its provider is not asked. */
  readonly list: KeptList | undefined
}

type ListContext = Pick<ModelContext, 'directory' | 'providers' | 'upstream' | 'vault'>

/** All connections, each with its list as far as it is known; see `ModelLists` for the waiting. */
export async function listConnectionsOf(
  { directory, providers, upstream, vault }: ListContext,
  { connections }: ModelSnapshot,
): Promise<readonly ListedConnection[]> {
  const all = knownConnections(connections, providers)
  const sources = all.filter(isAsked).map((known) => listSourceOf(known, { vault, providers }))
  const lists = await directory.lists.read(sources, upstream)
  return all.map((known) => ({ known, list: lists.get(known.facts.name) }))
}

/** The active connections that list a model under exactly this name, with no prefix before it. */
export async function listersOf(
  ctx: ListContext,
  snapshot: ModelSnapshot,
  model: string,
): Promise<readonly KnownConnection[]> {
  const all = await listConnectionsOf(ctx, snapshot)
  return all.filter(({ known, list }) => hasModel(known, list, model)).map(({ known }) => known)
}

function hasModel({ facts }: KnownConnection, list: KeptList | undefined, model: string): boolean {
  if (facts.prefix !== null) return false
  if (facts.models !== null) return lackOf(facts) === undefined && facts.models.includes(model)
  return list?.ids.has(model) === true
}
