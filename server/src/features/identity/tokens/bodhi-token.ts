import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * The secret of an API token of Bodhi's: `sk-bodhiapp_`, 43 random characters, 6 characters that
 * check them, a dot, and the id of the install that made it. Source: bodhi contract §3.9.
 */
const tokenPrefix = 'sk-bodhiapp_'
const randomLength = 43
const checkLength = 6
const shownLength = 8
const longest = 512

/**
 * What a text that was sent as a credential is, by its looks alone: `other` is no token of this kind,
 * `broken` is one that was cut or mistyped, so that the database need not be asked for it.
 */
export type TokenForm = 'other' | 'broken' | 'whole'

export function checkTokenForm(secret: string): TokenForm {
  if (!secret.startsWith(tokenPrefix)) return 'other'
  const { random, check } = partsOf(secret)
  const isWhole =
    secret.length <= longest && /^[\w-]{43}$/u.test(random) && check === checkOf(random)
  return isWhole && clientIdOf(secret) !== '' ? 'whole' : 'broken'
}

export function newTokenSecret(clientId: string): string {
  const random = randomBytes(32).toString('base64url')
  return `${tokenPrefix}${random}${checkOf(random)}.${clientId}`
}

/** What of a secret may be shown for ever, and by which a token is known. */
export function tokenPrefixOf(secret: string): string {
  return secret.slice(0, tokenPrefix.length + shownLength)
}

/** Which install made a token, as it says itself; empty where it does not. */
export function clientIdOf(secret: string): string {
  const { rest } = partsOf(secret)
  return rest.startsWith('.') ? rest.slice(1) : ''
}

function partsOf(secret: string) {
  const begin = tokenPrefix.length
  const end = begin + randomLength
  return {
    random: secret.slice(begin, end),
    check: secret.slice(end, end + checkLength),
    rest: secret.slice(end + checkLength),
  }
}

function checkOf(random: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(random))
  return bytes.toString('base64url')
}
