import { DomainError } from '../../platform/domain-error.ts'
import type { Uses } from '../identity/index.ts'
import { findStoredConnection, isKeyProvider, type StoredConnection } from '../settings/index.ts'
import { builtIns, type BuiltInName } from './built-in.ts'
import { isConnectionKind, type Connection, type KeySource } from './connection.ts'
import { isOwnAddress } from './own-address.ts'
import type { ProviderEnvironment } from './provider-environment.ts'

/** A connection that can be called, or why it cannot; surfaces word the lack each in their way. */
export type FoundConnection =
  | { readonly status: 'ready'; readonly connection: Connection }
  | {
      readonly status: 'no-key' | 'switched-off'
      readonly name: string
      readonly label: string
    }

/** A connection without its key. */
interface Profile extends Omit<Connection, 'apiKey'> {
  readonly needsKey: boolean
}

/**
 * Finds a connection by name, with the base URL and the key that count at the moment: the
 * environment's base URL before a stored one before the provider's own, and the keys of
 * `keySource`. `stored-only` is Beacon's rule for the providers whose keys Beacon keeps; for all
 * others the environment counts too. Needs `completions:run`.
 * @throws DomainError `invalid`: `Unsupported provider: <name>`; `precondition` for a base URL
 * that is missing or is this server itself.
 */
export async function findConnection(
  ctx: Uses<'db' | 'vault' | 'caller'> & { readonly providers: ProviderEnvironment },
  name: string,
  keySource: KeySource,
): Promise<FoundConnection> {
  const stored = await findStoredConnection(ctx, name)
  const { needsKey, ...profile } = profileOf(name, stored, ctx.providers)
  const lack = { name, label: profile.label }
  if (stored?.isActive === false) return { status: 'switched-off', ...lack }
  const mayUseGiven = keySource === 'environment-first' || !isKeyProvider(name)
  const given = mayUseGiven && isBuiltIn(name) ? ctx.providers.apiKeys[name] : undefined
  const apiKey = given ?? stored?.openSecret() ?? null
  if (apiKey === null && needsKey) return { status: 'no-key', ...lack }
  return { status: 'ready', connection: { ...profile, apiKey } }
}

/**
 * The connection itself.
 * @throws DomainError `invalid`, with the words of `noKeyMessage` when it has no key.
 */
export function usableConnection(
  found: FoundConnection,
  noKeyMessage: (who: { readonly name: string; readonly label: string }) => string,
): Connection {
  if (found.status === 'ready') return found.connection
  const { status, name, label } = found
  const message =
    status === 'no-key' ? noKeyMessage({ name, label }) : `The provider ${name} is switched off`
  throw new DomainError('invalid', message, { details: { reason: status, provider: name } })
}

function profileOf(
  name: string,
  stored: StoredConnection | undefined,
  { baseUrls, ownUrls }: ProviderEnvironment,
): Profile {
  const profile = isBuiltIn(name)
    ? {
        name,
        ...builtIns[name],
        baseUrl: baseUrls[name] ?? stored?.baseUrl ?? builtIns[name].baseUrl,
      }
    : addedProfile(name, stored)
  if (!isOwnAddress(profile.baseUrl, ownUrls())) return profile
  throw new DomainError('precondition', `The base URL of ${name} is this server itself`, {
    details: { reason: 'loop_detected', provider: name },
  })
}

/** A connection that somebody added under a name of their own. */
function addedProfile(name: string, stored: StoredConnection | undefined): Profile {
  if (!stored || !isConnectionKind(stored.kind)) {
    throw new DomainError('invalid', `Unsupported provider: ${name}`)
  }
  const { kind } = stored
  const usual = kind === 'openai-compatible' ? undefined : builtIns[kind]
  const baseUrl = stored.baseUrl ?? usual?.baseUrl
  if (baseUrl === undefined) {
    throw new DomainError('precondition', `The provider ${name} has no base URL`)
  }
  return { name, kind, label: name, baseUrl, needsKey: usual?.needsKey ?? false }
}

function isBuiltIn(name: string): name is BuiltInName {
  return Object.hasOwn(builtIns, name)
}
