import { describe, expect, it } from 'vitest'
import { hostNameOf, isLoopbackAddress, isLoopbackName } from './loopback.ts'

describe('loopback', () => {
  it.each(['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
    'knows the peer %s as this machine',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true)
    },
  )

  it.each(['10.0.0.1', '128.0.0.1', '::2', '::ffff:10.0.0.1', 'localhost', ''])(
    'does not take the peer %j for this machine',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false)
    },
  )

  it.each(['localhost', 'LOCALHOST', 'pharos.localhost', '127.0.0.1', '[::1]', '::1'])(
    'knows the host %s as this machine',
    (host) => {
      expect(isLoopbackName(host)).toBe(true)
    },
  )

  it.each(['localhost.example.org', 'notlocalhost', '127.0.0.1.example.org', '0.0.0.0', '::'])(
    'does not take the host %s for this machine',
    (host) => {
      expect(isLoopbackName(host)).toBe(false)
    },
  )

  it.each([
    ['localhost:7474', 'localhost'],
    ['Example.org', 'example.org'],
    ['[::1]:7474', '::1'],
    ['[::1]', '::1'],
    ['', ''],
    ['a:b:c', ''],
  ])('reads the name out of the host header %j', (header, name) => {
    expect(hostNameOf(header)).toBe(name)
  })
})
