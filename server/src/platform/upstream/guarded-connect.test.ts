import { afterEach, describe, expect, it } from 'vitest'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { networkTest } from '../http/networks.ts'
import type { Resolve } from './guarded-connect.ts'
import { reachTest } from './inside-addresses.ts'
import { openUpstream, type UpstreamOptions } from './open-upstream.ts'
import { UpstreamError } from './upstream-error.ts'

describe('An address that may be reached', () => {
  const mayReach = reachTest(() => false)

  it.each([
    '127.0.0.1',
    '127.255.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::10.0.0.1',
    '::ffff:0:a00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    'localhost',
    '',
  ])('is not %j', (address) => {
    expect(mayReach(address)).toBe(false)
  })

  it.each([
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '::ffff:808:808',
  ])('is %s', (address) => {
    expect(mayReach(address)).toBe(true)
  })

  it('is what the operator allows, and nothing else inside', () => {
    const some = reachTest(networkTest(['10.0.0.0/8', '127.0.0.1']))
    expect(['10.9.9.9', '127.0.0.1', '8.8.8.8'].every(some)).toBe(true)
    expect(['127.0.0.2', '192.168.0.1', '::1'].some(some)).toBe(false)
  })
})

describe('A guarded request', () => {
  const opened = new Set<AsyncDisposable>()
  afterEach(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]()
    opened.clear()
  })

  async function start(): Promise<FakeProvider> {
    const provider = await startFakeProvider('openai', { checksRequests: false })
    opened.add(provider)
    return provider
  }
  function open(options: UpstreamOptions = {}) {
    const upstream = openUpstream(options)
    opened.add(upstream)
    return upstream
  }
  async function ask(url: string, options: UpstreamOptions = {}, isGuarded = true) {
    const upstream = open(options)
    const reply = await upstream.post({ url, headers: {}, maxAttempts: 1, isGuarded })
    await reply.text()
    return reply.status
  }
  const refusal = async (asking: Promise<unknown>) => {
    const error = await asking.then(
      () => undefined,
      (failure: unknown) => failure,
    )
    return error instanceof UpstreamError ? error.message : error
  }
  const inside =
    'the address is inside a network that only --allow-private-addresses opens (ERR_INSIDE_ADDRESS)'
  /** A name service of our own. */
  const naming =
    (...addresses: readonly string[]): Resolve =>
    (_hostname, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )

  it('goes to no address inside, however it is written', async () => {
    const provider = await start()
    const { port } = new URL(provider.url)
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]']
    for (const host of [...hosts, '0.0.0.0']) {
      expect(await refusal(ask(`http://${host}:${port}/`))).toBe(inside)
    }
    expect(provider.connections).toBe(0)
  })

  it('goes to no name that means an address inside, and asks once for what it connects to', async () => {
    const provider = await start()
    const { port } = new URL(provider.url)
    const url = `http://models.test:${port}/`
    expect(await refusal(ask(url, { resolve: naming('127.0.0.1') }))).toBe(inside)
    expect(await refusal(ask(url, { resolve: naming('203.0.113.5', '127.0.0.1') }))).toBe(inside)
    expect(provider.connections).toBe(0)
    const isAllowedInside = networkTest(['127.0.0.1'])
    const asked: string[] = []
    const resolve: Resolve = (hostname, options, done) => {
      asked.push(hostname)
      naming(asked.length === 1 ? '127.0.0.1' : '192.168.0.1')(hostname, options, done)
    }
    expect(await ask(url, { resolve, isAllowedInside })).toBe(200)
    expect(asked).toEqual(['models.test'])
  })

  it('says so when a name has no address', async () => {
    const unknown = 'the host name is not known (ENOTFOUND)'
    expect(await refusal(ask('http://models.test/', { resolve: naming() }))).toBe(unknown)
    const failing: Resolve = (_hostname, _options, done) =>
      done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
    expect(await refusal(ask('http://models.test/', { resolve: failing }))).toBe(unknown)
  })

  it('goes where the operator allows it', async () => {
    const provider = await start()
    expect(await ask(provider.url, { isAllowedInside: networkTest(['loopback']) })).toBe(200)
  })

  it('shares no connection with one that is not guarded', async () => {
    const provider = await start()
    const upstream = open()
    const post = async (isGuarded: boolean) =>
      (await upstream.post({ url: provider.url, headers: {}, maxAttempts: 1, isGuarded })).text()
    await post(false)
    expect(await refusal(post(true))).toBe(inside)
    await post(false)
    expect(provider.requests).toHaveLength(2)
  })
})
