import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { newToken } from '../../platform/secrets/tokens.ts'
import { allow, mayUse } from './allow.ts'
import type { ApiKey } from './api-key.ts'
import { ownerKeyOf, type Caller } from './caller.ts'
import { refuseNarrowed } from './narrowed-caller.ts'
import { openOwner, ownerKeyFor, sealOwner } from './owner-key.ts'
import type { Uses } from './uses.ts'

/**
 * A key as Thunder knows it: for an admin, or limited to the owner that its label names. A label is
 * a literal key of the owner's choice; on Thunder's surface it logs in as well, as this key.
 */
export interface ThunderKey extends ApiKey {
  readonly number: number
  /** Fingerprint of the label. */
  readonly loginKey: string | null
  /** The label; null when there is none, or when it is the key's own secret. */
  readonly sealedLabel: string | null
}

/** A key that an admin is shown, its label included. */
export interface ShownThunderKey {
  readonly key: ThunderKey
  readonly label: string | null
  readonly isAdmin: boolean
}

const ownerScopes: readonly Scope[] = ['logs:read', 'logs:write', 'traces:read', 'completions:run']
const adminScopes: readonly Scope[] = [...ownerScopes, 'keys:manage', 'traces:write']

const secretPrefix = 'ck_'
const shownCharacters = 8
const longestText = 255

export function newThunderSecret(): string {
  return newToken(secretPrefix)
}

/** What of a secret is kept to tell keys apart; shown with `...` behind it. */
export function thunderPrefixOf(secret: string): string {
  return Array.from(secret).slice(0, shownCharacters).join('')
}

export function isAdminKey({ scopes }: Pick<ApiKey, 'scopes'>): boolean {
  return scopes.includes('keys:manage')
}

/** What a key may do and whose rows it reaches: without a label it reaches only its own. */
export function powersOf(
  id: string,
  { isAdmin, loginKey }: { readonly isAdmin: boolean; readonly loginKey: string | null },
): Pick<ApiKey, 'scopes' | 'subject'> {
  if (isAdmin) return { scopes: adminScopes, subject: null }
  return { scopes: ownerScopes, subject: loginKey ?? `key:${id}` }
}

/**
 * Keys of everybody are managed only by a caller that reaches everything, and it gives none a power
 * that it lacks itself.
 */
export function allowManaging(caller: Caller): void {
  allow(caller, 'keys:manage')
  refuseNarrowed(caller)
  if (ownerKeyOf(caller) === undefined) return
  throw new DomainError('forbidden', 'A key of one owner does not manage the keys of others')
}

export function allowGiving(caller: Caller, scopes: readonly Scope[]): void {
  const missing = scopes.find((scope) => !mayUse(caller, scope))
  if (missing === undefined) return
  throw new DomainError('forbidden', `A key cannot be given the scope ${missing} you do not have`)
}

/** Text that both databases store: U+0000 and lone surrogates become U+FFFD. */
export function toStored(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** The name as it is kept, trimmed. Throws DomainError `invalid` when it is too long. */
export function toKeyName(name: string): string {
  const kept = toStored(name.trim())
  if (Array.from(kept).length <= longestText) return kept
  throw new DomainError('invalid', `A key's name has at most ${longestText} characters`)
}

/** An empty label is none. Throws DomainError `invalid` when it is too long. */
export function toLabel(label: string | null): string | null {
  if (label === null || label === '') return null
  if (Array.from(label).length <= longestText) return label
  throw new DomainError('invalid', `allowed_api_key has at most ${longestText} characters`)
}

/** What is kept of a label. */
export function keptLabel(
  ctx: Uses<'vault'>,
  label: string | null,
): Pick<ThunderKey, 'loginKey' | 'sealedLabel'> {
  if (label === null) return { loginKey: null, sealedLabel: null }
  return { loginKey: ownerKeyFor(ctx, label), sealedLabel: sealOwner(ctx, label) }
}

/** The label in full for those who may manage keys; a secret of its own shows by its prefix. */
export function labelOf(ctx: Uses<'vault'>, key: ThunderKey): string | null {
  if (key.sealedLabel !== null) return openOwner(ctx, key.sealedLabel)
  return key.loginKey === null ? null : `${key.prefix}...`
}
