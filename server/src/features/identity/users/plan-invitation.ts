import { hashToken, newToken } from '../../../platform/secrets/tokens.ts'
import { userIdOf } from '../caller.ts'
import type { Uses } from '../uses.ts'
import type { NewInvitation } from './invitation.ts'

/** Source: hypersigil contract §7.5. */
export const invitationSeconds = 7 * 24 * 60 * 60
export const resetSeconds = 24 * 60 * 60

export interface PlannedInvitation extends NewInvitation {
  readonly tokenHash: string
}

/** A token of 64 hexadecimal digits, and what is kept of it. */
export function planInvitation(
  ctx: Uses<'clock' | 'caller'>,
  userId: string,
  lastsSeconds: number,
): PlannedInvitation {
  const token = newToken('')
  const createdAt = ctx.clock.nowSeconds()
  const expiresAt = createdAt + lastsSeconds
  const invitation = { userId, expiresAt, invitedBy: userIdOf(ctx.caller), createdAt }
  return { token, tokenHash: hashToken(token), invitation }
}
