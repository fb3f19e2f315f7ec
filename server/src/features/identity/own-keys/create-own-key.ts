import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../../platform/domain-error.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import { mayUse } from '../allow.ts'
import type { UnsavedKey } from '../api-key.ts'
import { auditEntry } from '../audit.ts'
import type { CreatedApiKey } from '../create-api-key.ts'
import { insertAudit, insertKey } from '../store.ts'
import type { Uses } from '../uses.ts'
import {
  allowOwnKeys,
  checkOwnKeyName,
  newOwnKeySecret,
  ownKeyFormat,
  ownKeyPrefixOf,
} from './own-key.ts'

export interface NewOwnKey {
  readonly name: string
  /** May be none: such a key only tells whose it is. */
  readonly scopes: readonly Scope[]
}

/**
 * Makes a person a key for their software and gives its secret once. It never does more than the
 * person may at that moment. Source: hypersigil contract §1.4, rulings §2.
 * @throws DomainError `unauthenticated`, `forbidden` also for a scope that the person lacks, `invalid`.
 */
export async function createOwnKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  input: NewOwnKey,
): Promise<CreatedApiKey> {
  const userId = allowOwnKeys(ctx.caller)
  const name = checkOwnKeyName(input.name)
  const missing = input.scopes.find((scope) => !mayUse(ctx.caller, scope))
  if (missing !== undefined) {
    throw new DomainError('forbidden', `A key cannot be given the scope ${missing} you do not have`)
  }
  const now = ctx.clock.nowSeconds()
  const secret = newOwnKeySecret()
  const planned: UnsavedKey = {
    id: ctx.ids.uuid(),
    prefix: ownKeyPrefixOf(secret),
    format: ownKeyFormat,
    userId,
    name,
    description: '',
    scopes: input.scopes,
    subject: null,
    limits: null,
    models: null,
    expiresAt: null,
    createdAt: now,
    updatedAt: now,
  }
  const changes = { name, scopes: input.scopes }
  return ctx.db.write(async (tx) => {
    const key = await insertKey(tx, planned, hashToken(secret))
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: key.id }, 'create', changes)])
    return { key, secret }
  })
}
