import { createHash } from 'node:crypto'
import type { RequestFacts } from './request-facts.ts'
import type { ReadyText } from './surface.ts'

/** What decides about a reply besides the address: who asks, and from which page. */
const asksBy = ['Origin', 'Cookie', 'Authorization', 'X-API-Key']

/**
 * A reply with a weak tag of its content, or none of it where the client has that content already.
 * `also` are further headers that decide about it. Source: bodhi contract §10.1.
 */
export function conditional<T>(request: RequestFacts, body: T, also: readonly string[] = []) {
  const json = JSON.stringify(body)
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 27)
  return tagged(request, { version: hash, json, also })
}

interface Tagged<T> {
  /** A word that changes with each state of what is shown. */
  readonly version: string
  readonly json: T
  readonly also?: readonly string[]
}

/** The same for what is told apart by a word of its own. */
export function tagged<T extends ReadyText>(
  { headers: sent }: RequestFacts,
  { version, json, also = [] }: Tagged<T>,
) {
  const headers = tagHeaders(version, also)
  return isAmong(sent['if-none-match'], headers.etag)
    ? ({ status: 304, text: '', contentType: 'text/plain', headers } as const)
    : ({ status: 200, json, headers } as const)
}

export function tagHeaders(version: string, also: readonly string[] = []) {
  return {
    'cache-control': 'private, no-cache',
    vary: [...asksBy, ...also].join(', '),
    etag: tagOf(version),
  }
}

/**
 * Whether a client that sent `If-Match` means a state. Tags are compared weakly, since all of ours
 * are weak; undefined for a client that did not send it.
 */
export function readIfMatch({
  headers: sent,
}: RequestFacts): ((version: string) => boolean) | undefined {
  const given = sent['if-match']
  return given === undefined ? undefined : (version) => isAmong(given, tagOf(version))
}

function tagOf(version: string): string {
  return `W/"${version}"`
}

/** By the weak comparison of RFC 9110 §8.8.3.2. */
function isAmong(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  if (given.trim() === '*') return true
  const opaque = etag.slice(2)
  return [...given.matchAll(/"[^"]*"/gu)].some(([tag]) => tag === opaque)
}
