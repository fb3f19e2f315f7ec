import { DomainError } from '../../platform/domain-error.ts'
import type { Connection } from './connection.ts'

/** From here on a request is taken to run in a circle. Source: rulings §4. */
const maxHops = 3

/**
 * Tells a provider, which may be a server like this one, how many of them the request has passed.
 * @throws DomainError `precondition` for a request that runs in a circle.
 */
export function hopsHeaders(
  { name: provider }: Pick<Connection, 'name'>,
  hops: number,
): Readonly<Record<string, string>> {
  if (hops < maxHops) return { 'x-pharos-hops': String(hops + 1) }
  const message = `The request has passed ${hops} servers like this one: it runs in a circle`
  throw new DomainError('precondition', message, {
    details: { reason: 'loop_detected', provider },
  })
}
