import { isLoopbackName } from '../../../platform/http/loopback.ts'

/**
 * Where a redirect leads, or null where it may not: to no address, from a secure one to an open
 * one, or in the open to another host, this machine's own names excepted.
 */
export function redirectTarget(from: URL, location: string | undefined): URL | null {
  const target = location === undefined ? null : URL.parse(location, from.href)
  if (!target || target.username !== '' || target.password !== '') return null
  if (target.protocol === 'https:') return target
  if (target.protocol !== 'http:' || from.protocol !== 'http:') return null
  const isSameHost = target.hostname === from.hostname
  const isAtHome = isLoopbackName(from.hostname) && isLoopbackName(target.hostname)
  return isSameHost || isAtHome ? target : null
}
