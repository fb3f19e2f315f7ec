import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'

const longestUrl = 2000

/**
 * Checks where a webhook is to go: a URL of http or https. Whether it leads into a private network
 * is seen only when it is connected to.
 * @throws DomainError `invalid`.
 */
export function checkWebhookUrl(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed || url.length > longestUrl) {
    throw invalid(`The address of a webhook is a URL of at most ${longestUrl} characters`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw invalid(`A webhook goes to an http or https address, not to ${parsed.protocol}`)
  }
  // What no database keeps is written as the URL writes it when it is asked for.
  return toStorableText(url) === url ? url : parsed.href
}

/** The same address without user and password. */
export function bareUrl(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed || !hasCredentials(parsed)) return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

const mask = '****'

/** An address as it may be shown, and the user and the password that it has beside. */
export interface SplitAddress {
  readonly shown: string
  /** `user:password`, written as in the address; null where it has none to hide. */
  readonly credentials: string | null
}

/**
 * Takes a password out of an address, or a user without one, as tokens are written: what is shown
 * has a mask in its place.
 * @throws DomainError `invalid` where the mask stands there itself.
 */
export function splitAddress(url: string): SplitAddress {
  const parsed = URL.parse(url)
  if (!parsed || !hasCredentials(parsed)) return { shown: url, credentials: null }
  const { username, password } = parsed
  if (isMasked(parsed)) {
    throw invalid('The password in the address is a mask: write the whole password')
  }
  if (password === '') parsed.username = mask
  else parsed.password = mask
  return { shown: parsed.href, credentials: `${username}:${password}` }
}

/**
 * Whether an address has the mask that is shown of another, and leads with it to the same server:
 * whoever sends it back means the password that is known.
 */
export function keepsCredentials(url: string, shown: string): boolean {
  const [given, known] = [URL.parse(url), URL.parse(shown)]
  if (!given || !known || !isMasked(given)) return false
  const members = ['protocol', 'host', 'username', 'password'] as const
  return members.every((member) => given[member] === known[member])
}

/** The address that a split one was. */
export function wholeAddress(shown: string, credentials: string | null): string {
  const parsed = URL.parse(shown)
  if (!parsed || credentials === null) return shown
  const colon = credentials.indexOf(':')
  parsed.username = credentials.slice(0, colon)
  parsed.password = credentials.slice(colon + 1)
  return parsed.href
}

function isMasked({ username, password }: URL): boolean {
  return password === mask || (password === '' && username === mask)
}

/** The header that carries the user and the password of an address, where it has them. */
export function authorizationOf(url: string): { readonly authorization?: string } {
  const parsed = URL.parse(url)
  if (!parsed || !hasCredentials(parsed)) return {}
  const plain = `${decoded(parsed.username)}:${decoded(parsed.password)}`
  return { authorization: `Basic ${Buffer.from(plain).toString('base64')}` }
}

/**
 * Checks where a test is to go: as any webhook, but without user and password, which its job would
 * show to everybody who sees jobs.
 * @throws DomainError `invalid`.
 */
export function checkTestUrl(url: string): string {
  const checked = checkWebhookUrl(url)
  if (bareUrl(checked) === checked) return checked
  throw invalid('The address of a test has no user and password: make a destination of it instead')
}

function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== ''
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function invalid(message: string): DomainError {
  return new DomainError('invalid', message, { details: { param: 'url' } })
}
