import { DomainError } from '../../platform/domain-error.ts'
import type { Vault } from '../../platform/secrets/vault.ts'
import { builtIns, isBuiltIn } from './built-in.ts'
import {
  isProviderKind,
  type Connection,
  type ConnectionKind,
  type KeySource,
  type StoredConnection,
} from './connection.ts'
import { isKeyProvider, providerKeyPurpose } from './key-provider.ts'
import { isOwnAddress } from './own-address.ts'
import type { ProviderEnvironment } from './provider-environment.ts'
import { isService } from './known-services.ts'

/** A connection as it counts at the moment, without its key. */
export interface ConnectionFacts {
  /** Its row's; the name of one that has none. */
  readonly id: string
  readonly name: string
  readonly kind: ConnectionKind
  readonly label: string
  /** Null where nobody gave one and the kind has no usual one. */
  readonly baseUrl: string | null
  readonly baseUrlSource: 'environment' | 'stored' | 'built-in'
  readonly needsKey: boolean
  readonly isBuiltIn: boolean
  readonly isActive: boolean
  readonly isGuarded: boolean
  readonly keySource: 'environment' | 'stored' | null
  /** Ids that count instead of what the provider lists. */
  readonly models: readonly string[] | null
  /** Stands before the ids of its models where they are listed and asked for. */
  readonly prefix: string | null
  readonly apiFormat: string | null
}

/** Why a connection cannot be called. */
export type Lack = 'no-key' | 'switched-off'

/**
 * What counts for a connection: the environment's base URL before a stored one before the usual
 * one, and the keys of `keySource`. Undefined for a name that is neither built in nor stored.
 */
export function factsOf(
  name: string,
  stored: StoredConnection | undefined,
  environment: ProviderEnvironment,
  keySource: KeySource = 'environment-first',
): ConnectionFacts | undefined {
  const profile = profileOf(name, stored)
  if (profile === undefined) return undefined
  const given = isBuiltIn(name) ? environment.baseUrls[name] : undefined
  const storedUrl = stored?.baseUrl ?? undefined
  const source = given === undefined ? storedUrl && 'stored' : 'environment'
  const isStoredUrl = given === undefined && storedUrl !== undefined
  return {
    ...profile,
    id: stored?.id ?? name,
    label: stored?.label ?? profile.label,
    baseUrl: given ?? storedUrl ?? profile.baseUrl,
    baseUrlSource: source || 'built-in',
    isBuiltIn: isBuiltIn(name),
    isActive: stored?.isActive ?? true,
    isGuarded: isStoredUrl && stored?.isGuarded === true && environment.guardsBaseUrls,
    keySource: keySourceOf(name, stored, environment, keySource),
    models: stored?.models ?? null,
    prefix: stored?.prefix ?? null,
    apiFormat: stored?.apiFormat ?? null,
  }
}

/** Why it cannot be called, or undefined. */
export function lackOf({ isActive, needsKey, keySource }: ConnectionFacts): Lack | undefined {
  if (!isActive) return 'switched-off'
  return needsKey && keySource === null ? 'no-key' : undefined
}

/**
 * The connection with its key, ready to be called; the local engine must be told besides what to
 * load.
 * @throws DomainError `precondition`: no base URL, one that is this server itself, or a stored key
 * that this server's master key did not seal.
 */
export function openConnection(
  facts: ConnectionFacts,
  stored: StoredConnection | undefined,
  { vault, providers }: { readonly vault: Vault; readonly providers: ProviderEnvironment },
): Connection {
  const { name, kind, label, isGuarded } = facts
  const baseUrl = callableAddress(facts, providers)
  const apiKey = openKey(facts, stored, { vault, providers })
  return { name, kind, label, baseUrl, apiKey, isGuarded }
}

/** @throws DomainError `precondition`, details.reason `loop_detected` for our own address. */
export function callableAddress(
  { name, baseUrl }: Pick<ConnectionFacts, 'name' | 'baseUrl'>,
  { ownUrls }: ProviderEnvironment,
): string {
  if (baseUrl === null) {
    throw new DomainError('precondition', `The provider ${name} has no base URL`, {
      details: { reason: 'no-address', provider: name },
    })
  }
  if (!isOwnAddress(baseUrl, ownUrls())) return baseUrl
  throw new DomainError('precondition', `The base URL of ${name} is this server itself`, {
    details: { reason: 'loop_detected', provider: name },
  })
}

/** The key that counts; null where there is none. */
export function openKey(
  { name, keySource }: Pick<ConnectionFacts, 'name' | 'keySource'>,
  stored: StoredConnection | undefined,
  { vault, providers }: { readonly vault: Vault; readonly providers: ProviderEnvironment },
): string | null {
  switch (keySource) {
    case 'environment':
      return environmentKeyOf(name, providers) ?? null
    case 'stored':
      return openSecret(stored, vault)
    case null:
      return null
  }
}

/** The stored key, whether it counts or not. */
export function openSecret(stored: StoredConnection | undefined, vault: Vault): string | null {
  const sealed = stored?.sealedSecret ?? null
  return sealed === null ? null : vault.open(sealed, providerKeyPurpose)
}

export function environmentKeyOf(
  name: string,
  { apiKeys }: ProviderEnvironment,
): string | undefined {
  return isBuiltIn(name) || isService(name) ? apiKeys[name] : undefined
}

/** `stored-only` is Beacon's rule for the providers whose keys Beacon keeps. */
function keySourceOf(
  name: string,
  stored: StoredConnection | undefined,
  environment: ProviderEnvironment,
  keySource: KeySource,
): ConnectionFacts['keySource'] {
  const mayUseGiven = keySource === 'environment-first' || !isKeyProvider(name)
  if (mayUseGiven && environmentKeyOf(name, environment) !== undefined) return 'environment'
  return stored === undefined || stored.sealedSecret === null ? null : 'stored'
}

type Profile = Pick<ConnectionFacts, 'name' | 'kind' | 'label' | 'baseUrl' | 'needsKey'>

function profileOf(name: string, stored: StoredConnection | undefined): Profile | undefined {
  if (isBuiltIn(name)) return { name, ...builtIns[name] }
  if (!stored || !isProviderKind(stored.kind)) return undefined
  return { name, label: name, ...usualOf(stored.kind) }
}

/** What a connection under a name of its own takes from its kind. */
export function usualOf(kind: ConnectionKind): Pick<Profile, 'kind' | 'baseUrl' | 'needsKey'> {
  if (kind === 'openai-compatible') return { kind, baseUrl: null, needsKey: false }
  const { baseUrl, needsKey } = builtIns[kind]
  return { kind, baseUrl, needsKey }
}
