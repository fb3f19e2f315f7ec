import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import { isBuiltIn } from './built-in.ts'
import { nameForLabel } from './connection-name.ts'
import { selectConnections } from './connection-store.ts'
import { deleteConnection } from './delete-connection.ts'
import type { KnownConnection } from './known-connections.ts'
import type { ModelWriteContext } from './model-context.ts'
import { readBaseUrl, type ConnectionChanges } from './plan-connection.ts'
import { formatOf, kindOfFormat, readFormat } from './remote-format.ts'
import {
  findRemote,
  forwardsAll,
  remoteFacts,
  remoteNotFound,
  toRemoteView,
  type RemoteView,
} from './remote-view.ts'
import { createConnection, updateConnection } from './save-connection.ts'
import { testConnection } from './test-connection.ts'

/** What Bodhi's clients say of a provider. Source: bodhi contract B.2. */
export interface RemoteInput {
  readonly label: string
  readonly format: string
  readonly baseUrl: string
  /** Undefined leaves it as it is, null takes it away. */
  readonly apiKey?: string | null | undefined
  readonly models: readonly string[]
  readonly prefix: string | null
  /** Whatever begins with the prefix goes there; `models` are then those that the provider lists. */
  readonly forwardsAll: boolean
}

/**
 * Adds a provider, once it has told that it has these models. The connection's name is made of what
 * people call it. Needs `models:manage`.
 * @throws DomainError as `createConnection`; `invalid` for a format that is none or not built, for a
 * model that the provider does not list, and for all models without a prefix; `conflict` for the
 * prefix of another.
 */
export async function createRemote(
  ctx: ModelWriteContext,
  input: RemoteInput,
): Promise<RemoteView> {
  allow(ctx.caller, 'models:manage')
  const format = readFormat(input.format)
  const names = new Set((await ctx.db.read(selectConnections)).map(({ name }) => name))
  const name = nameForLabel(input.label, (word) => isBuiltIn(word) || names.has(word))
  const kind = kindOfFormat(format, input.baseUrl)
  const changes = { ...toChanges(input), kind, baseUrl: input.baseUrl, apiFormat: format }
  const made = await createConnection(ctx, name, changes, { checksModels: true })
  return toRemoteView(made, ctx)
}

/**
 * Replaces all that is said of a provider but its format, which stays. Needs `models:manage`.
 * @throws DomainError as `createRemote`, and `not-found`.
 */
export async function updateRemote(
  ctx: ModelWriteContext,
  idOrName: string,
  input: RemoteInput,
): Promise<RemoteView> {
  allow(ctx.caller, 'models:manage')
  const { facts } = await mustFind(ctx, idOrName)
  if (readFormat(input.format) !== formatOf(facts)) {
    throw new DomainError('invalid', `The format of ${facts.label} stays as it is`, {
      details: { code: 'obj_validation_error-api_format_immutable_on_edit', param: 'api_format' },
    })
  }
  // Whoever says the usual address again does not choose it anew.
  const isSameUrl = readBaseUrl(input.baseUrl) === facts.baseUrl
  const changes = { ...toChanges(input), ...(!isSameUrl && { baseUrl: input.baseUrl }) }
  const changed = await updateConnection(ctx, facts.name, changes, { checksModels: true })
  return toRemoteView(changed, ctx)
}

/** Needs `models:manage`. Throws DomainError `not-found`, `conflict` while an alias leads to it. */
export async function deleteRemote(ctx: ModelWriteContext, idOrName: string): Promise<void> {
  allow(ctx.caller, 'models:manage')
  const { facts } = await mustFind(ctx, idOrName)
  await deleteConnection(ctx, facts.name)
}

/**
 * Has a provider that gets all of its prefix tell its models anew. Needs `models:manage`.
 * @throws DomainError `not-found`; `invalid` for a provider with a list of its own; `upstream` when
 * it does not tell.
 */
export async function syncRemote(ctx: ModelWriteContext, idOrName: string): Promise<RemoteView> {
  allow(ctx.caller, 'models:manage')
  const known = await mustFind(ctx, idOrName)
  const { facts } = known
  if (!forwardsAll(facts)) {
    throw new DomainError('invalid', `The models of ${facts.label} were chosen one by one`, {
      details: { code: 'obj_validation_error-sync_requires_forward_all' },
    })
  }
  const { status, error } = await testConnection(ctx, facts.name)
  if (status === 'ok') return toRemoteView(remoteFacts(known), ctx)
  const reason = error ?? (status === 'no-key' ? 'it has no key' : 'it is switched off')
  throw new DomainError('upstream', `${facts.label} does not tell its models: ${reason}`)
}

function toChanges({ label, apiKey, models, prefix, ...input }: RemoteInput): ConnectionChanges {
  const given = prefix === '' ? null : prefix
  if (input.forwardsAll && given === null) {
    throw new DomainError('invalid', 'All models can be forwarded only with a prefix', {
      details: { code: 'obj_validation_error-forward_all_requires_prefix', param: 'prefix' },
    })
  }
  return { label, apiKey, models: input.forwardsAll ? null : models, prefix: given }
}

/** By what is stored now: the directory may hear of it a moment later. */
async function mustFind(
  { db, providers }: ModelWriteContext,
  idOrName: string,
): Promise<KnownConnection> {
  const rows = await db.read(selectConnections)
  const connections = new Map(rows.map((row) => [row.name, row]))
  const known = findRemote({ providers }, { connections }, idOrName)
  if (!known) throw remoteNotFound(idOrName)
  return known
}
