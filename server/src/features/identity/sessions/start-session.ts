import type { Tx } from '../../../platform/db/database.ts'
import { toStorableText } from '../../../platform/db/storable-text.ts'
import type { JsonObject } from '../../../platform/json.ts'
import { hashToken, newToken } from '../../../platform/secrets/tokens.ts'
import type { Uses } from '../uses.ts'
import { sealData } from './session-data.ts'
import { endOfNew } from './session-lifetime.ts'
import { insertSession } from './session-store.ts'
import type { SessionKind, StartedSession } from './session.ts'

const longestUserAgent = 500

type StartPowers = Uses<'clock' | 'vault' | 'passwordLoginSeconds'>

export interface NewAnonymousSession {
  readonly data?: JsonObject
  readonly ip: string | null
  readonly userAgent: string | null
}

export interface NewSession extends NewAnonymousSession {
  readonly userId: string
  readonly kind: Exclude<SessionKind, 'anonymous'>
}

/** Begins a session of a person; its secret is seen only now. Who may log in was decided before. */
export function startSession(
  ctx: StartPowers & Uses<'db'>,
  input: NewSession,
): Promise<StartedSession> {
  return ctx.db.write((tx) => startSessionIn(ctx, tx, input))
}

/** The same within a transaction of a verb that does more at once. */
export function startSessionIn(
  ctx: StartPowers,
  tx: Tx,
  input: NewSession,
): Promise<StartedSession> {
  return save(ctx, tx, input, input)
}

/** Begins a session of nobody yet: it keeps what a login elsewhere must find again. */
export function startAnonymousSession(
  ctx: StartPowers & Uses<'db'>,
  input: NewAnonymousSession,
): Promise<StartedSession> {
  return ctx.db.write((tx) => save(ctx, tx, input, { userId: null, kind: 'anonymous' }))
}

async function save(
  ctx: StartPowers,
  tx: Tx,
  { data = {}, ip, userAgent }: NewAnonymousSession,
  { userId, kind }: { readonly userId: string | null; readonly kind: SessionKind },
): Promise<StartedSession> {
  const now = ctx.clock.nowSeconds()
  const secret = newToken('')
  const session = {
    id: hashToken(secret),
    userId,
    kind,
    createdAt: now,
    expiresAt: endOfNew(ctx, kind, now),
    lastSeenAt: now,
    ip,
    userAgent: userAgent === null ? null : toStorableText(userAgent).slice(0, longestUserAgent),
  }
  await insertSession(tx, { ...session, sealed: sealData(ctx, data) })
  return { secret, session: { ...session, data } }
}
