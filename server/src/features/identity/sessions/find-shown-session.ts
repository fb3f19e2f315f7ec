import { hashToken } from '../../../platform/secrets/tokens.ts'
import type { Credential } from '../resolve-caller.ts'
import type { Uses } from '../uses.ts'
import { liveSessions } from './session-store.ts'
import { readSessionToken } from './session-token.ts'

/** A session that a request names; `userId` is given where the name says whose it is. */
interface Named {
  readonly sessionId: string
  readonly userId?: string
}

/**
 * The session behind a signed token, if it still counts and belongs to whom the token says: being
 * signed is not enough, so that a logout or a changed role acts at once.
 */
export async function findSessionByToken(
  ctx: Uses<'db' | 'clock' | 'sessionKey' | 'checkSession'>,
  text: string,
): Promise<Credential> {
  const claim = await readSessionToken(ctx, text)
  const found = claim === undefined ? undefined : await findLive(ctx, [claim])
  return found ?? { kind: 'unknown', code: 'token_error-invalid_token', isToken: true }
}

/**
 * The session that the cookies of a request name, the first that counts. A cookie outlives its
 * session in every browser, so one that names nothing is as if it had not been sent.
 */
export async function findShownSession(
  ctx: Uses<'db' | 'clock' | 'sessionKey' | 'checkSession'>,
  cookies: readonly string[],
): Promise<Credential> {
  const named = await Promise.all(cookies.map((text) => read(ctx, text)))
  const known = named.filter((one) => one !== undefined)
  return (await findLive(ctx, known)) ?? { kind: 'none' }
}

async function read(ctx: Uses<'clock' | 'sessionKey'>, text: string): Promise<Named | undefined> {
  if (/^[\da-f]{64}$/u.test(text)) return { sessionId: hashToken(text) }
  return readSessionToken(ctx, text)
}

async function findLive(
  ctx: Uses<'db' | 'clock' | 'checkSession'>,
  named: readonly Named[],
): Promise<Credential | undefined> {
  if (named.length === 0) return undefined
  const ids = named.map(({ sessionId }) => sessionId)
  const live = await ctx.db.run(liveSessions, { ids, nowSeconds: ctx.clock.nowSeconds() })
  for (const { sessionId, userId } of named) {
    const session = live.find(({ id }) => id === sessionId)
    const isTheirs = userId === undefined || userId === session?.userId
    if (session === undefined || !isTheirs) continue
    const verdict = await ctx.checkSession(session)
    return verdict.isAlive ? { kind: 'session', session } : { kind: 'lapsed', why: verdict.why }
  }
  return undefined
}
