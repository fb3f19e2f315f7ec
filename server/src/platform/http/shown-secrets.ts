import type { RequestFacts } from './request-facts.ts'

/**
 * The secrets that a request shows to prove who sends it: `Authorization: Bearer`, `X-API-Key`, and
 * for sockets, whose headers a browser cannot set, `?api_key=`. Source: rulings §8.
 */
export function shownSecrets({ headers, query }: RequestFacts): string[] {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const apiKey = headers['x-api-key']
  const isUpgrade = headers.upgrade?.toLowerCase() === 'websocket'
  const shown = [
    bearer,
    typeof apiKey === 'string' ? apiKey.trim() : undefined,
    isUpgrade ? query['api_key'] : undefined,
  ]
  return shown.filter(
    (secret): secret is string => secret !== undefined && !saidForNothing.has(secret),
  )
}

/** What clients in JavaScript send when they were given no key. */
const saidForNothing: ReadonlySet<string> = new Set(['', 'undefined', 'null'])
