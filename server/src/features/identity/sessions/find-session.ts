import { hashToken } from '../../../platform/secrets/tokens.ts'
import type { Uses } from '../uses.ts'
import { openData } from './session-data.ts'
import { selectSession } from './session-store.ts'
import type { Session } from './session.ts'

/** The session behind a secret, with what it keeps; undefined when there is none or it is over. */
export function findSession(
  ctx: Uses<'db' | 'clock' | 'vault'>,
  secret: string,
): Promise<Session | undefined> {
  return getSession(ctx, hashToken(secret))
}

/** The same by id, for a caller whose session is known. */
export async function getSession(
  ctx: Uses<'db' | 'clock' | 'vault'>,
  id: string,
): Promise<Session | undefined> {
  const now = ctx.clock.nowSeconds()
  const stored = await ctx.db.read((tx) => selectSession(tx, id, now))
  if (stored === undefined) return undefined
  const { sealed, ...session } = stored
  return { ...session, data: openData(ctx, sealed) }
}
