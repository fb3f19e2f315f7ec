import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new secret of 32 random bytes in hex after a prefix that tells people what it is. */
export function newToken(prefix: string): string {
  return prefix + randomBytes(32).toString('hex')
}

/** Whether a secret can have been made by `newToken` at all. */
export function hasTokenForm(secret: string): boolean {
  return /^[a-z_-]{1,16}[\da-f]{64}$/u.test(secret)
}

/** What is stored of a token: SHA-256 in hex. Enough, since a token is random and long. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Compares in a time that tells nothing about where, or whether by length, the texts differ. */
export function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

/** How a secret is shown: `…` and its last four characters, or `…` alone when it is short. */
export function maskSecret(secret: string): string {
  const characters = Array.from(secret)
  return characters.length < 12 ? '…' : `…${characters.slice(-4).join('')}`
}
