import type { Scope } from '@pharos/contract/vocabulary.ts'
import { newToken } from '../../platform/secrets/tokens.ts'
import type { KeyLimits } from './key-limits.ts'

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
  readonly scopes: readonly Scope[]
  readonly subject: string | null
  /** Null for a key without limits. */
  readonly limits: KeyLimits | null
  /** The models it reaches by name, `provider/*` or `*`; null for all. */
  readonly models: readonly string[] | null
  readonly status: ApiKeyStatus
  readonly expiresAt: number | null
  readonly requestCount: number
  readonly lastUsedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

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
  return key.status === 'active' && (key.expiresAt === null || key.expiresAt > nowSeconds)
}

/** Later than before, so that whatever was opened with the key can tell that it changed. */
export function nextVersion({ updatedAt }: ApiKey, nowSeconds: number): number {
  return Math.max(nowSeconds, updatedAt + 0.001)
}
