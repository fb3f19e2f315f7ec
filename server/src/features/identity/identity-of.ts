import { userIdOf, ownerKeyOf, type Caller } from './caller.ts'

/**
 * Who a caller is, for rows that remember who made them: the owner whose rows it is limited to (a
 * fingerprint), a user, a key, or the one at this machine. Never a secret and never shown.
 */
export function identityOf(caller: Caller): string {
  const ownerKey = ownerKeyOf(caller)
  if (ownerKey !== undefined) return ownerKey
  const userId = userIdOf(caller)
  if (userId !== null) return identityOfUser(userId)
  switch (caller.kind) {
    case 'apiKey':
      return `key:${caller.keyId}`
    case 'job':
      return `job:${caller.jobType}`
    case 'shareLink':
      return `link:${caller.targetId}`
    case 'session':
    case 'oauthToken':
    case 'local':
    case 'anonymous':
      return caller.kind
  }
}

/** Who a user is, in the same rows. */
export function identityOfUser(userId: string): string {
  return `user:${userId}`
}
