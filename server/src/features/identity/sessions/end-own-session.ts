import type { Uses } from '../uses.ts'
import { endOneSession } from './end-session.ts'

/**
 * Ends the session that the caller came with, at once and in every process. Who came with none has
 * nothing to end.
 */
export async function endOwnSession(ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>): Promise<void> {
  const { caller } = ctx
  if (caller.kind !== 'session') return
  await endOneSession(ctx, { id: caller.sessionId, userId: caller.userId })
}
