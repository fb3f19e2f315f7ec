import { lookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import type { AddressTest } from './inside-addresses.ts'

export const insideAddressCode = 'ERR_INSIDE_ADDRESS'

interface GuardOptions {
  readonly mayReach: AddressTest
  readonly timeoutMs: number
  /** Tests give their own. */
  readonly resolve?: Resolve
}

/** Finds all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void

/**
 * Connects to addresses that may be reached and to no others. The very address that is connected to
 * is checked, so a name that means another place a moment later gains nothing; a name of which one
 * address may not be reached is refused whole.
 */
export function guardedConnect(options: GuardOptions): buildConnector.connector {
  const { mayReach, timeoutMs } = options
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: guardedLookup(options),
  })
  return (target, callback) => {
    const host = target.hostname.replace(/^\[(.*)\]$/u, '$1')
    // NOTE: nothing is looked up for an address, so the lookup would never see it.
    if (isIP(host) !== 0 && !mayReach(host)) callback(insideAddress(), null)
    else connect(target, callback)
  }
}

function guardedLookup({ mayReach, resolve = lookup }: GuardOptions): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { all: true }, (error, found) => {
      if (error) {
        callback(error, '', 0)
        return
      }
      const family = Number(options.family ?? 0)
      const fitting = found.filter((one) => family === 0 || one.family === family)
      const [first] = fitting
      if (!first) callback(unknownHost(), '', 0)
      else if (!found.every(({ address }) => mayReach(address))) callback(insideAddress(), '', 0)
      else if (options.all === true) callback(null, fitting)
      else callback(null, first.address, first.family)
    })
  }
}

/** Whether a connection failed because its address may not be reached. */
export function isInsideAddress(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === insideAddressCode
}

function insideAddress(): NodeJS.ErrnoException {
  const message = 'The address is in a network that may not be reached'
  return Object.assign(new Error(message), { code: insideAddressCode })
}

function unknownHost(): NodeJS.ErrnoException {
  return Object.assign(new Error('The host name has no address'), { code: 'ENOTFOUND' })
}
