import { isIP } from 'node:net'
import { networkTest } from '../http/networks.ts'

/**
 * Networks that are not the open internet: this machine, local and private ones, those of carriers,
 * the metadata address of clouds, and what stands for one of them in IPv6. Source: IANA's
 * special-purpose address registries.
 */
const insideNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]

export type AddressTest = (address: string) => boolean

/**
 * Builds the test whether a guarded request may go to an address: one of the open internet, or one
 * that the operator allows. What is no address may not.
 */
export function reachTest(isAllowed: AddressTest): AddressTest {
  const isInside = networkTest(insideNetworks)
  return (address) => isIP(address) !== 0 && (isAllowed(address) || !isInside(address))
}
