import { isLoopbackName } from '../../platform/http/loopback.ts'

const anyAddress = new Set(['0.0.0.0', '[::]'])

/**
 * Whether a base URL leads to where this server itself listens. Addresses are compared as they
 * are written, all loopback ones being the same; what only a name server knows stays unseen.
 */
export function isOwnAddress(baseUrl: string, ownUrls: readonly string[]): boolean {
  const target = URL.parse(baseUrl)
  if (!target) return false
  return ownUrls.some((text) => {
    const own = URL.parse(text)
    return own !== null && portOf(own) === portOf(target) && isSamePlace(own, target)
  })
}

function isSamePlace(own: URL, target: URL): boolean {
  if (own.hostname === target.hostname) return true
  const isHere = isLoopbackName(own.hostname) || anyAddress.has(own.hostname)
  return isHere && (isLoopbackName(target.hostname) || anyAddress.has(target.hostname))
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port
  return protocol === 'https:' ? '443' : '80'
}
