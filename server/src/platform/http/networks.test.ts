import { describe, expect, it } from 'vitest'
import { networkTest } from './networks.ts'

describe('networkTest', () => {
  it.each([
    ['127.3.2.1', ['loopback']],
    ['::ffff:127.0.0.1', ['loopback']],
    ['::1', ['loopback']],
    ['172.17.0.2', ['uniquelocal']],
    ['10.1.2.3', ['192.168.0.1', '10.0.0.0/8']],
    ['192.168.0.1', ['192.168.0.1']],
    ['fd00::7', ['fd00::/8']],
    ['2001:db8::1', ['2001:db8::1']],
  ])('finds %s in %j', (address, networks) => {
    expect(networkTest(networks)(address)).toBe(true)
  })

  it.each([
    ['192.168.0.2', ['192.168.0.1']],
    ['11.0.0.1', ['10.0.0.0/8']],
    ['8.8.8.8', ['loopback', 'linklocal', 'uniquelocal']],
    ['127.0.0.1', []],
    ['unknown', ['loopback']],
    ['', ['0.0.0.0/0']],
  ])('does not find %j in %j', (address, networks) => {
    expect(networkTest(networks)(address)).toBe(false)
  })
})
