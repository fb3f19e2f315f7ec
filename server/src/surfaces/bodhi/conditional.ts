import { createHash } from 'node:crypto'
import type { RequestFacts } from '../../platform/http/request-facts.ts'

/** Replies differ by who asks, and pages of other origins may read them. Source: bodhi §10.1. */
const headers = {
  'cache-control': 'private, no-cache',
  vary: 'Origin, Cookie, Authorization, X-API-Key',
}

/** A reply with a weak tag of its content, or none of it where the client has that content already. */
export function conditional<T>({ headers: sent }: RequestFacts, body: T) {
  const json = JSON.stringify(body)
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, 27)
  const etag = `W/"${hash}"`
  const told = { ...headers, etag }
  return isAmong(sent['if-none-match'], etag)
    ? ({ status: 304, text: '', contentType: 'text/plain', headers: told } as const)
    : ({ status: 200, json, headers: told } as const)
}

/** By the weak comparison of RFC 9110 §8.8.3.2. */
function isAmong(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  if (given.trim() === '*') return true
  const opaque = etag.slice(2)
  return [...given.matchAll(/"[^"]*"/gu)].some(([tag]) => tag === opaque)
}
