import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { isPrintable } from '../../platform/is-printable.ts'
import { hashToken } from '../../platform/secrets/tokens.ts'
import { allow, mayUse } from './allow.ts'
import { newKeySecret, prefixOf, type ApiKey, type UnsavedKey } from './api-key.ts'
import { auditEntry } from './audit.ts'
import { ownerKeyOf, userIdOf, type Caller } from './caller.ts'
import { changeLimits, type KeyLimitChanges } from './key-limits.ts'
import { checkModelGrants } from './model-grants.ts'
import { refuseNarrowed } from './narrowed-caller.ts'
import { insertAudit, insertKey } from './store.ts'
import type { Uses } from './uses.ts'

export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Unix seconds; null for a key that does not end. */
  readonly expiresAt: number | null
  /** What bounds its use; nothing if not given. */
  readonly limits?: KeyLimitChanges
}

export interface CreatedApiKey {
  readonly key: ApiKey
  /** The only time that the secret is seen; only its hash is kept. */
  readonly secret: string
}

const longestName = 200

function checkInput(caller: Caller, input: NewApiKey, nowSeconds: number): void {
  const name = input.name.trim()
  if (name === '' || name.length > longestName || !isPrintable(name)) {
    throw new DomainError('invalid', `A key's name has 1 to ${longestName} printable characters`)
  }
  if (input.scopes.length === 0) throw new DomainError('invalid', 'A key needs at least one scope')
  if (input.expiresAt !== null && !(input.expiresAt > nowSeconds)) {
    throw new DomainError('invalid', 'A key must end in the future')
  }
  const missing = input.scopes.find((scope) => !mayUse(caller, scope))
  if (missing === undefined) return
  throw new DomainError('forbidden', `A key cannot be given the scope ${missing} you do not have`)
}

/**
 * Makes an API key and gives its secret once. The key may do no more than its maker and reaches
 * no rows that its maker does not.
 * @throws DomainError `invalid` or `forbidden`.
 */
export async function createApiKey(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  input: NewApiKey,
): Promise<CreatedApiKey> {
  allow(ctx.caller, 'keys:manage')
  refuseNarrowed(ctx.caller)
  const now = ctx.clock.nowSeconds()
  checkInput(ctx.caller, input, now)
  const secret = newKeySecret()
  const key: UnsavedKey = {
    id: ctx.ids.uuid(),
    prefix: prefixOf(secret),
    format: 'pharos',
    userId: userIdOf(ctx.caller),
    name: input.name.trim(),
    description: '',
    scopes: [...new Set(input.scopes)],
    subject: ownerKeyOf(ctx.caller) ?? null,
    limits: changeLimits(null, input.limits ?? {}),
    models: checkModelGrants(input.limits?.models ?? null),
    expiresAt: input.expiresAt,
    createdAt: now,
    updatedAt: now,
  }
  const { name, scopes, expiresAt, limits, models } = key
  const given = { ...(limits !== null && { limits }), ...(models !== null && { models }) }
  const target = { kind: 'api-key', id: key.id }
  return ctx.db.write(async (tx) => {
    const saved = await insertKey(tx, key, hashToken(secret))
    await insertAudit(tx, [
      auditEntry(ctx, target, 'create', { name, scopes, expiresAt, ...given }),
    ])
    return { key: saved, secret }
  })
}
