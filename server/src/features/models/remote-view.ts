import { DomainError } from '../../platform/domain-error.ts'
import { allow, hidesModels, mayUseModel } from '../identity/index.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import { knownConnection, type KnownConnection } from './known-connections.ts'
import { listConnectionsOf } from './listers.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSnapshot } from './model-directory.ts'
import { formatOf, type RemoteFormat } from './remote-format.ts'
import type { ShownConnection } from './shown-connection.ts'

/** A connection as Bodhi's clients know it. Source: bodhi contract B.1, B.2. */
export interface RemoteView {
  readonly source: 'api'
  readonly id: string
  /** As people call it. */
  readonly label: string
  /** Name of the connection. */
  readonly connection: string
  readonly format: RemoteFormat
  readonly baseUrl: string | null
  readonly hasKey: boolean
  readonly models: readonly RemoteModel[]
  readonly prefix: string | null
  /** Whatever begins with the prefix goes there, listed or not. */
  readonly forwardsAll: boolean
  /** Unix seconds; 0 for what nobody stored. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface RemoteModel {
  /** As its provider names it. */
  readonly id: string
  /** As it is asked for here. */
  readonly name: string
  readonly mayUse: boolean
}

/** Whether anybody set it up: it is stored, or the environment gives its key. */
export function isRemote({ facts, stored }: KnownConnection): boolean {
  return facts.kind !== 'local' && (stored !== undefined || facts.keySource !== null)
}

/** A connection as it counts, and when it was stored. */
export type RemoteFacts = Pick<ShownConnection, 'facts' | 'createdAt' | 'updatedAt'>

export function toRemoteView(
  { facts, createdAt, updatedAt }: RemoteFacts,
  { caller, directory }: Pick<ModelContext, 'caller' | 'directory'>,
): RemoteView {
  const { id, label, name: connection, prefix, models, baseUrl, keySource } = facts
  const ids = models ?? directory.lists.kept(connection)?.models.map((model) => model.id) ?? []
  return {
    source: 'api',
    id,
    label,
    connection,
    format: formatOf(facts),
    baseUrl,
    hasKey: keySource !== null,
    models: ids.map((model) => ({ id: model, ...askedAs(model, facts, caller) })),
    prefix,
    forwardsAll: forwardsAll(facts),
    createdAt: createdAt ?? 0,
    updatedAt: updatedAt ?? 0,
  }
}

export function remoteFacts({ facts, stored }: KnownConnection): RemoteFacts {
  return { facts, createdAt: stored?.createdAt ?? null, updatedAt: stored?.updatedAt ?? null }
}

export function forwardsAll({ prefix, models }: ConnectionFacts): boolean {
  return prefix !== null && models === null
}

function askedAs(
  model: string,
  { name: connection, prefix }: ConnectionFacts,
  caller: ModelContext['caller'],
): Pick<RemoteModel, 'name' | 'mayUse'> {
  const name = `${prefix ?? ''}${model}`
  const mayUse = mayUseModel(caller, name) || mayUseModel(caller, `${connection}/${model}`)
  return { name, mayUse }
}

/** The connection of that id or name, the id first; undefined for one that nobody set up. */
export function findRemote(
  { providers }: Pick<ModelContext, 'providers'>,
  { connections }: Pick<ModelSnapshot, 'connections'>,
  idOrName: string,
): KnownConnection | undefined {
  const byId = [...connections.values()].find(({ id }) => id === idOrName)
  const known = knownConnection(byId?.name ?? idOrName, connections, providers)
  return known && isRemote(known) ? known : undefined
}

/** One of them. Needs `models:read`. Throws DomainError `not-found`. */
export async function getRemote(ctx: ModelContext, idOrName: string): Promise<RemoteView> {
  allow(ctx.caller, 'models:read')
  const snapshot = await ctx.directory.snapshot()
  const known = findRemote(ctx, snapshot, idOrName)
  if (!known) throw remoteNotFound(idOrName)
  // Has those asked that never told their models.
  await listConnectionsOf(ctx, snapshot)
  const shown = shownRemote(toRemoteView(remoteFacts(known), ctx), ctx)
  if (!shown) throw remoteNotFound(idOrName)
  return shown
}

/** What of it the caller is shown: a key may see only the models that it reaches. */
export function shownRemote(
  remote: RemoteView,
  { caller }: Pick<ModelContext, 'caller'>,
): RemoteView | undefined {
  if (!hidesModels(caller)) return remote
  const models = remote.models.filter(({ mayUse }) => mayUse)
  const isAny = mayUseModel(caller, `${remote.connection}/*`)
  return isAny || models.length > 0 ? { ...remote, models } : undefined
}

export function remoteNotFound(idOrName: string): DomainError {
  return new DomainError('not-found', `There is no remote provider ${idOrName}`, {
    details: { code: 'api_models_route_error-not_found', id: idOrName },
  })
}
