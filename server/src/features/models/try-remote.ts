import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import { askForModels, faultDetails } from './ask-for-models.ts'
import { callableAddress, openKey } from './connection-facts.ts'
import { selectConnections } from './connection-store.ts'
import type { Connection } from './connection.ts'
import type { ModelWriteContext } from './model-context.ts'
import { checkApiKey, readBaseUrl } from './plan-connection.ts'
import { kindOfFormat, readFormat } from './remote-format.ts'
import { findRemote, remoteNotFound } from './remote-view.ts'
import { testMs } from './save-connection.ts'

/** A provider that is to be tried before it is saved. Source: bodhi contract B.2. */
export interface RemoteDraft {
  readonly format: string
  readonly baseUrl: string
  /** A key to try, or the connection (by id or name) whose key is to be used. */
  readonly key: { readonly apiKey: string | null } | { readonly storedIn: string }
}

type TryContext = Pick<ModelWriteContext, 'db' | 'vault' | 'caller' | 'providers' | 'upstream'>

/**
 * The connection that a draft would make, ready to be called. Needs `models:manage`; the key of a
 * connection is sent to another address only for those who may change keys.
 * @throws DomainError `invalid`, `not-found` for the connection whose key is wanted, `precondition`
 * for this server's own address, `forbidden`.
 */
export async function connectionToTry(ctx: TryContext, draft: RemoteDraft): Promise<Connection> {
  allow(ctx.caller, 'models:manage')
  const { providers } = ctx
  const name = 'remote'
  const kind = kindOfFormat(readFormat(draft.format), draft.baseUrl)
  const baseUrl = callableAddress({ name, baseUrl: readBaseUrl(draft.baseUrl) }, providers)
  const fresh = { name, kind, label: 'The provider', baseUrl, isGuarded: providers.guardsBaseUrls }
  if ('storedIn' in draft.key) return { ...fresh, ...(await storedKey(ctx, draft.key, baseUrl)) }
  const { apiKey } = draft.key
  if (apiKey !== null) checkApiKey(apiKey)
  return { ...fresh, apiKey }
}

async function storedKey(
  ctx: TryContext,
  { storedIn }: { readonly storedIn: string },
  baseUrl: string,
): Promise<Pick<Connection, 'apiKey'> & Partial<Connection>> {
  const rows = await ctx.db.read(selectConnections)
  const connections = new Map(rows.map((row) => [row.name, row]))
  const known = findRemote(ctx, { connections }, storedIn)
  if (!known) throw remoteNotFound(storedIn)
  const { facts, stored } = known
  if (facts.baseUrl === baseUrl) {
    const { name, label, isGuarded } = facts
    return { name, label, isGuarded, apiKey: openKey(facts, stored, ctx) }
  }
  allow(ctx.caller, 'settings:manage')
  return { apiKey: openKey(facts, stored, ctx) }
}

/**
 * The models that the provider of a draft lists. Needs `models:manage`.
 * @throws DomainError as `connectionToTry`; `upstream` when it does not tell.
 */
export async function fetchRemoteModels(
  ctx: TryContext,
  draft: RemoteDraft,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const connection = await connectionToTry(ctx, draft)
  const answer = await askForModels(ctx.upstream, () => connection, { limitMs: testMs, signal })
  if (answer.status === 'listed') return answer.models.map(({ id }) => id)
  const message = `${connection.label} does not tell its models: ${answer.reason}`
  throw new DomainError('upstream', message, {
    details: { reason: answer.status, ...faultDetails(answer) },
  })
}
