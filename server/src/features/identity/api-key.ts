import type { Role, Scope } from '@pharos/contract/vocabulary.ts'
import { newToken } from '../../platform/secrets/tokens.ts'
import type { KeyLimits } from './key-limits.ts'
import { scopesOfRole } from './role-scopes.ts'

export type ApiKeyStatus = 'active' | 'inactive' | 'revoked'

/** A key as it is known after its making: all but its secret. Times are Unix seconds. */
export interface ApiKey {
  readonly id: string
  /** Given out in order of making, for surfaces whose ids are numbers. */
  readonly number: number
  /** The first characters of the secret, by which people tell keys apart. */
  readonly prefix: string
  readonly format: string
  readonly userId: string | null
  readonly name: string
  readonly description: string
  /** What it was given; what it may do is also bounded by its owner's role (`heldBy`). */
  readonly scopes: readonly Scope[]
  /** The role whose powers it does not exceed, whatever its owner's; null or absent for none. */
  readonly roleCap?: Role | null
  /** Its owner's role as he is now, where it was looked up with him; `gone` opens nothing. */
  readonly ownerRole?: Role | 'gone'
  readonly subject: string | null
  /** Null for a key without limits. */
  readonly limits: KeyLimits | null
  /** The models it reaches by name, `provider/*` or `*`; null for all. */
  readonly models: readonly string[] | null
  /** Whether it is not shown that there are others. */
  readonly hidesModels?: boolean
  readonly status: ApiKeyStatus
  readonly expiresAt: number | null
  readonly requestCount: number
  readonly lastUsedAt: number | null
  readonly lastIp?: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** A key that is not saved yet: without its number, and what is the same of every new one. */
export type UnsavedKey<K extends ApiKey = ApiKey> = Omit<
  K,
  'number' | 'status' | 'requestCount' | 'lastUsedAt'
>

const secretPrefix = 'pharos_'
const shownDigits = 8

export function newKeySecret(): string {
  return newToken(secretPrefix)
}

/** What of a secret may be shown for ever. */
export function prefixOf(secret: string): string {
  return secret.slice(0, secretPrefix.length + shownDigits)
}

/** Whether the key opens anything at this moment. */
export function isUsable(key: ApiKey, nowSeconds: number): boolean {
  if (key.ownerRole === 'gone') return false
  return key.status === 'active' && (key.expiresAt === null || key.expiresAt > nowSeconds)
}

/** Later than before, so that whatever was opened with the key can tell that it changed. */
export function nextVersion({ updatedAt }: ApiKey, nowSeconds: number): number {
  return Math.max(nowSeconds, updatedAt + 0.001)
}

/** The person whom a key belongs to, as he is now. */
export interface KeyOwner {
  readonly role: Role
  readonly isActive: boolean
}

/**
 * A key with what it may do now: never more than its owner's present role and its own cap, and
 * nothing once its owner is gone or not active. Source: rulings §2.
 */
export function heldBy(key: ApiKey, owner: KeyOwner | undefined): ApiKey {
  const capped = key.roleCap ? within(key, key.roleCap) : key
  if (key.userId === null) return capped
  if (owner === undefined || !owner.isActive) return { ...key, scopes: [], ownerRole: 'gone' }
  return { ...within(capped, owner.role), ownerRole: owner.role }
}

function within(key: ApiKey, role: Role): ApiKey {
  const allowed = scopesOfRole(role)
  return { ...key, scopes: key.scopes.filter((scope) => allowed.has(scope)) }
}

/** Differs when the key's powers do; means nothing else. */
export function versionOf({ updatedAt, ownerRole }: ApiKey): string {
  return ownerRole === undefined ? String(updatedAt) : `${updatedAt} ${ownerRole}`
}
