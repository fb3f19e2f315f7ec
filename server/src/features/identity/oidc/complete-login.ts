import { DomainError } from '../../../platform/domain-error.ts'
import { auditEntry } from '../audit.ts'
import { findSession } from '../sessions/find-session.ts'
import type { StartedSession } from '../sessions/session.ts'
import { startSessionIn } from '../sessions/start-session.ts'
import { insertAudit } from '../store.ts'
import type { User } from '../users/user.ts'
import type { Uses } from '../uses.ts'
import { admitPerson, type Admission, type Refusal } from './admit-person.ts'
import { personOf } from './claims.ts'
import { takeAnonymousSession } from './identity-store.ts'
import {
  faultOf,
  isAnswerTo,
  readAttempt,
  type AnswerFault,
  type IssuerAnswer,
  type LoginAttempt,
} from './login-attempt.ts'
import type { OidcProvider, Vouched } from './oidc-provider.ts'
import { receivedTokens, tokensData } from './oidc-tokens.ts'

export interface LoginReturn {
  /** Of the session in which the login began; undefined where the browser brings none. */
  readonly secret: string | undefined
  readonly answer: IssuerAnswer
  /** Whether the server waits for its first admin. */
  readonly awaitsAdmin: boolean
  readonly ip: string | null
  readonly userAgent: string | null
}

export type LoginOutcome =
  | {
      readonly kind: 'in'
      readonly started: StartedSession
      readonly user: User
      readonly isFirstAdmin: boolean
    }
  | { readonly kind: 'fault'; readonly fault: AnswerFault }

type Powers = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'> & { readonly oidc: OidcProvider }

/**
 * Finishes a login with what the issuer answered. An answer with the right state uses the login up,
 * whatever comes of it: of many that come at once one counts, in whatever process. The session that
 * follows is a new one with a new secret. Source: bodhi contract §3.3, rulings §1.
 * @throws DomainError `unauthenticated` for somebody who may not come in, `upstream` or
 * `unavailable` when the issuer does not take the code.
 */
export async function completeLogin(ctx: Powers, back: LoginReturn): Promise<LoginOutcome> {
  const { answer, secret } = back
  const session = secret === undefined ? undefined : await findSession(ctx, secret)
  const attempt = session?.kind === 'anonymous' ? readAttempt(session.data) : undefined
  if (session === undefined || attempt === undefined) return { kind: 'fault', fault: 'no-attempt' }
  if (isAnswerTo(attempt, answer)) {
    const isTaken = await ctx.db.write((tx) => takeAnonymousSession(tx, session.id))
    if (!isTaken) return { kind: 'fault', fault: 'no-attempt' }
  }
  const fault = faultOf(attempt, answer)
  if (fault !== undefined) return { kind: 'fault', fault }
  const vouched = await exchange(ctx, attempt, answer)
  return comeIn(ctx, vouched, {
    ...back,
    mayBecomeAdmin: back.awaitsAdmin && attempt.mayBecomeAdmin,
  })
}

async function exchange(
  ctx: Powers,
  attempt: LoginAttempt,
  { code = '', state = '', iss }: IssuerAnswer,
): Promise<Vouched> {
  const params = new URLSearchParams({ code, state, ...(iss !== undefined && { iss }) })
  try {
    return await ctx.oidc.exchange(attempt, params)
  } catch (error) {
    await ctx.db.write((tx) => insertAudit(tx, [failure(ctx, 'unknown', 'issuer')]))
    throw error
  }
}

interface Entrance extends Pick<LoginReturn, 'ip' | 'userAgent'> {
  readonly mayBecomeAdmin: boolean
}

async function comeIn(
  ctx: Powers,
  { issuer, tokens, claims }: Vouched,
  { ip, userAgent, mayBecomeAdmin }: Entrance,
): Promise<LoginOutcome> {
  const { clientId, defaultRole } = ctx.oidc.settings
  const person = personOf(issuer, claims, clientId)
  const { subject } = person
  const nowSeconds = ctx.clock.nowSeconds()
  const data = tokensData(receivedTokens(tokens, { issuer, subject, nowSeconds }))
  // A refusal is data in here: what is thrown would undo the line in the audit.
  const settled = await ctx.db.write(async (tx) => {
    const admission = await admitPerson(ctx, tx, person, { defaultRole, mayBecomeAdmin })
    if (!admission.isIn) {
      await insertAudit(tx, [failure(ctx, admission.userId ?? 'unknown', admission.why)])
      return admission
    }
    const { user } = admission
    const login = { userId: user.id, kind: 'oidc', data, ip, userAgent } as const
    const started = await startSessionIn(ctx, tx, login)
    const entry = auditEntry(ctx, { kind: 'user', id: user.id }, 'login', { by: 'oidc', issuer })
    await insertAudit(tx, [entry])
    return { ...admission, started }
  })
  if (!settled.isIn) throw refusal(settled)
  return { kind: 'in', ...settled }
}

function failure(ctx: Powers, userId: string, why: string) {
  return auditEntry(ctx, { kind: 'user', id: userId }, 'login.failed', { by: 'oidc', why })
}

const reasons: Readonly<Record<Refusal, { readonly code: string; readonly text: string }>> = {
  'no-role': {
    code: 'auth_error-missing_roles',
    text: 'Your account has no role here: ask an administrator',
  },
  'no-email': {
    code: 'auth_error-invalid_token',
    text: 'The login server does not tell your e-mail address',
  },
  'email-unverified': {
    code: 'auth_error-invalid_token',
    text: 'A user with your e-mail address exists, and the login server has not verified that it is yours',
  },
  'email-taken': {
    code: 'auth_error-invalid_token',
    text: 'A user with your e-mail address exists already: ask an administrator',
  },
  'not-active': { code: 'auth_error-invalid_access', text: 'Your account is not active' },
}

function refusal({ why }: Extract<Admission, { isIn: false }>): DomainError {
  const { code, text } = reasons[why]
  return new DomainError('unauthenticated', text, { details: { code } })
}
