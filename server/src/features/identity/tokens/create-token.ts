import { DomainError } from '../../../platform/domain-error.ts'
import { hashToken } from '../../../platform/secrets/tokens.ts'
import type { UnsavedKey } from '../api-key.ts'
import { auditEntry } from '../audit.ts'
import { checkModelGrants } from '../model-grants.ts'
import { insertAudit } from '../store.ts'
import type { Uses } from '../uses.ts'
import { newTokenSecret, tokenPrefixOf } from './bodhi-token.ts'
import { mayGive, scopesOfLevel, type TokenLevel } from './token-level.ts'
import { insertToken } from './token-store.ts'
import { allowTokens, tokenFormat, toTokenName, type Token } from './token.ts'

export interface NewToken {
  readonly name: string
  readonly level: TokenLevel
  /** The models that it reaches, by name; none for an empty list, null for all. */
  readonly models: readonly string[] | null
  /** Whether it is not shown that there are others. */
  readonly hidesModels: boolean
  /** Unix seconds; null for a token that does not end. */
  readonly expiresAt: number | null
}

export interface CreatedToken {
  readonly token: Token
  /** The only time that the secret is seen; only its hash is kept. */
  readonly secret: string
}

/** What names this install in the tokens that it makes. */
export interface InstallName {
  readonly clientId: string
}

/**
 * Makes a person an API token and gives its secret once. Source: bodhi contract §1.12, §3.9.
 * @throws DomainError `unauthenticated`, `forbidden` for a level above the person's role, `invalid`.
 */
export async function createToken(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & InstallName,
  input: NewToken,
): Promise<CreatedToken> {
  const { userId, role } = allowTokens(ctx.caller)
  const now = ctx.clock.nowSeconds()
  if (!mayGive(role, input.level)) throw escalation(input.level)
  if (input.expiresAt !== null && !(input.expiresAt > now)) {
    const details = { param: 'expires_at' }
    throw new DomainError('invalid', 'A token must end in the future', { details })
  }
  const secret = newTokenSecret(ctx.clientId)
  const planned: UnsavedKey<Token> = {
    id: ctx.ids.uuid(),
    prefix: tokenPrefixOf(secret),
    format: tokenFormat,
    userId,
    name: toTokenName(input.name, 0),
    description: '',
    level: input.level,
    scopes: scopesOfLevel(input.level),
    subject: null,
    limits: null,
    models: input.models?.length === 0 ? [] : checkModelGrants(input.models),
    hidesModels: input.hidesModels,
    expiresAt: input.expiresAt,
    createdAt: now,
    updatedAt: now,
  }
  const { name, level, scopes, models, expiresAt } = planned
  const changes = { name, level, scopes, expiresAt, ...(models !== null && { models }) }
  return ctx.db.write(async (tx) => {
    const token = await insertToken(tx, planned, hashToken(secret))
    await insertAudit(tx, [auditEntry(ctx, { kind: 'api-key', id: token.id }, 'create', changes)])
    return { token, secret }
  })
}

function escalation(level: TokenLevel): DomainError {
  const details = { code: 'token_route_error-privilege_escalation', param: 'scope' }
  return new DomainError('forbidden', `A token of level ${level} needs that role`, { details })
}
