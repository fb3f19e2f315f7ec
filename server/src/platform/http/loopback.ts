import { BlockList, isIP } from 'node:net'

/** True for an address of this machine's own loopback, IPv4-mapped IPv6 included. */
export function isLoopbackAddress(address: string): boolean {
  if (address === '127.0.0.1' || address === '::1') return true
  const family = isIP(address)
  if (family === 0) return false
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8)
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** True for a loopback address and for a name that always means one (RFC 6761, section 6.3). */
export function isLoopbackName(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return bare === 'localhost' || bare.endsWith('.localhost') || isLoopbackAddress(bare)
}

/** The host of a `Host` header without its port and brackets, in lower case. */
export function hostNameOf(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim()) ?? []
  return (bracketed ?? plain ?? '').toLowerCase()
}
