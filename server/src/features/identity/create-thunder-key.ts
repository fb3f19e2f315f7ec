import { DomainError } from '../../platform/domain-error.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import type { WriteTx } from '../../platform/db/database.ts'
import type { UnsavedKey } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { userIdOf } from './caller.ts'
import { ownerKeyFor } from './owner-key.ts'
import { insertAudit, insertKey } from './store.ts'
import {
  allowGiving,
  allowManaging,
  isAdminKey,
  keptLabel,
  newThunderSecret,
  powersOf,
  thunderPrefixOf,
  toKeyName,
  toLabel,
  toStored,
  type ThunderKey,
} from './thunder-key.ts'
import type { Uses } from './uses.ts'

export interface NewThunderKey {
  readonly name: string
  readonly description: string | null
  /** The literal key whose rows it reaches, and which logs in as it; null or empty for none. */
  readonly label: string | null
  readonly isAdmin: boolean
  /** Unix seconds; null for a key that does not end. */
  readonly expiresAt: number | null
}

export interface CreatedThunderKey {
  readonly key: ThunderKey
  readonly label: string | null
  /** The only time that the secret is seen; only its hash is kept. */
  readonly secret: string
}

/** Unix seconds at the end of 9999, past which a timestamp has no four digits for the year. */
const lastYear = 253_402_300_799

type KeyPowers = Uses<'clock' | 'ids' | 'vault' | 'caller'>

/** A key that is planned and not saved yet. */
export interface PlannedThunderKey extends Omit<CreatedThunderKey, 'key'> {
  readonly key: UnsavedKey<ThunderKey>
}

/** Plans a key; `reachesItself` makes its own secret its label, which then needs no sealing. */
export function planThunderKey(
  ctx: KeyPowers,
  input: NewThunderKey,
  reachesItself = false,
): PlannedThunderKey {
  const now = ctx.clock.nowSeconds()
  const id = ctx.ids.uuid()
  const secret = newThunderSecret()
  const label = reachesItself ? null : toLabel(input.label)
  const kept = reachesItself
    ? { loginKey: ownerKeyFor(ctx, secret), sealedLabel: null }
    : keptLabel(ctx, label)
  const key: UnsavedKey<ThunderKey> = {
    id,
    prefix: thunderPrefixOf(secret),
    format: 'thunder',
    userId: userIdOf(ctx.caller),
    name: toKeyName(input.name),
    description: toStored(input.description ?? ''),
    ...powersOf(id, { isAdmin: input.isAdmin, loginKey: kept.loginKey }),
    ...kept,
    limits: null,
    models: null,
    expiresAt: input.expiresAt,
    createdAt: now,
    updatedAt: now,
  }
  return { key, label, secret }
}

/** Saves a planned key with its line in the audit. */
export async function saveNewThunderKey(
  ctx: KeyPowers,
  tx: WriteTx,
  { key, label, secret }: PlannedThunderKey,
): Promise<CreatedThunderKey> {
  const saved = await insertKey(tx, key, hashToken(secret))
  const { name, scopes, expiresAt } = key
  const changes = { name, scopes, expiresAt, ...(label !== null && { label: '(secret)' }) }
  await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'create', changes)])
  return { key: saved, label, secret }
}

/**
 * Makes a key of Thunder's kind and gives its secret once. It may do no more than its maker.
 * @throws DomainError `invalid` for a blank name, `forbidden`.
 */
export async function createThunderKey(
  ctx: Uses<'db'> & KeyPowers,
  input: NewThunderKey,
): Promise<CreatedThunderKey> {
  allowManaging(ctx.caller)
  if (input.name.trim() === '') throw new DomainError('invalid', 'A key needs a name')
  if (input.expiresAt !== null && !(input.expiresAt >= 0 && input.expiresAt <= lastYear)) {
    throw new DomainError('invalid', 'A key cannot end that far from now')
  }
  const planned = planThunderKey(ctx, input)
  if (isAdminKey(planned.key)) allowGiving(ctx.caller, planned.key.scopes)
  return ctx.db.write((tx) => saveNewThunderKey(ctx, tx, planned))
}
