import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  ask,
  askStream,
  failure,
  listening,
  ok,
  portOf,
  secret,
  timeless,
  to,
} from '../../../test/support/fake-provider-calls.ts'
import { type Behaviour, startFakeProvider } from '../../../test/support/fake-provider.ts'
import { openUpstream } from './open-upstream.ts'
import type { UpstreamFault } from './upstream-error.ts'

test('a request goes out as it is, marked with its hops and asking for plain bytes', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  const reply = await upstream.post(to(provider.url))
  expect(reply).toMatchObject({ status: 200, attempts: 1 })
  expect(reply.headers['content-type']).toBe('application/json')
  expect(JSON.parse(await reply.text())).toMatchObject({ object: 'chat.completion' })
  await (await upstream.post(to(provider.url, { headers: { 'X-Pharos-Hops': '2' } }))).text()
  expect(provider.requests[0]).toMatchObject({
    method: 'POST',
    text: ask,
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-pharos-hops': '1',
    },
  })
  expect(provider.requests[1]?.headers['x-pharos-hops']).toBe('2')
})

test('a request without a body is a GET', async () => {
  await using provider = await startFakeProvider('openai', { checksRequests: false })
  await using upstream = openUpstream()
  const { body: _, ...question } = to(provider.url)
  const reply = await upstream.post(question)
  await reply.text()
  expect(provider.requests[0]).toMatchObject({ method: 'GET', text: '' })
})

test('a request may be sent once and have a limit of its own', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream(timeless())
  provider.next({ type: 'status', status: 503 }, { type: 'hang' })
  const once = { ...to(provider.url), maxAttempts: 1, firstByteMs: 40 }
  const refused = await upstream.post(once)
  expect(refused).toMatchObject({ status: 503, attempts: 1 })
  await refused.text()
  const late = await failure(upstream.post(once))
  expect(late.fault).toEqual({ kind: 'timeout', phase: 'first-byte', afterMs: 40 })
  expect(provider.requests.length).toBe(2)
})

test('requests one after the other share connections', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  for (let index = 0; index < 5; index += 1) await (await upstream.post(to(provider.url))).text()
  // The next one may come before the pool has noticed that the first connection is free.
  expect(provider.connections).toBeLessThanOrEqual(2)
})

test('a stream is given chunk by chunk while the provider still speaks', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  const gate = Promise.withResolvers<void>()
  provider.next({ type: 'reply', pause: (index) => (index === 2 ? gate.promise : undefined) })
  const reply = await upstream.post(to(provider.url, { body: askStream }))
  let text = ''
  for await (const chunk of reply.chunks) {
    text += Buffer.from(chunk).toString()
    if (text.includes('Hello')) gate.resolve()
  }
  expect(text).toMatch(/data: \[DONE\]\n\n$/)
})

test('passing refusals are retried after doubling waits, and the answer counts its attempts', async () => {
  await using provider = await startFakeProvider('openai')
  const waits: number[] = []
  await using upstream = openUpstream(timeless(waits))
  provider.next({ type: 'status', status: 503 }, { type: 'status', status: 429 })
  const reply = await upstream.post(to(provider.url))
  expect(reply).toMatchObject({ status: 200, attempts: 3 })
  await reply.text()
  expect(waits).toEqual([500, 1000])
  expect(provider.requests.map(({ text }) => text)).toEqual([ask, ask, ask])
})

test('what Retry-After asks for is waited, in seconds, milliseconds and as a date', async () => {
  await using provider = await startFakeProvider('openai')
  const waits: number[] = []
  await using upstream = openUpstream(timeless(waits))
  const asking = (headers: Record<string, string>): Behaviour => {
    return { type: 'status', status: 429, headers }
  }
  provider.next(asking({ 'retry-after': '7' }), asking({ 'retry-after-ms': '30' }))
  await (await upstream.post(to(provider.url))).text()
  provider.next(asking({ 'retry-after': new Date(1_000_009_000).toUTCString() }))
  await (await upstream.post(to(provider.url))).text()
  expect(waits).toEqual([7000, 30, 9000])
})

test.each<[string, Behaviour, number]>([
  ['three times refused', { type: 'status', status: 500, message: 'broken' }, 3],
  ['asked to wait too long', { type: 'status', status: 429, headers: { 'retry-after': '21' } }, 1],
  ['told not to', { type: 'status', status: 503, headers: { 'x-should-retry': 'false' } }, 1],
  ['the request is at fault', { type: 'status', status: 400 }, 1],
  ['redirected', { type: 'raw', status: 307, headers: { location: '/v1/x' }, body: '{}' }, 1],
])('%s: the reply is given back', async (_, behaviour, attempts) => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream(timeless())
  provider.always(behaviour)
  const reply = await upstream.post(to(provider.url))
  expect(reply.attempts).toBe(attempts)
  expect(reply.status).toBe('status' in behaviour ? behaviour.status : 0)
  expect((await reply.text()).length).toBeGreaterThan(0)
  expect(provider.requests.length).toBe(attempts)
})

test.each<[string, Behaviour, UpstreamFault]>([
  ['before the head', { type: 'hang' }, { kind: 'timeout', phase: 'first-byte', afterMs: 60 }],
  [
    'after the head',
    { type: 'hang', afterChunks: 0 },
    { kind: 'timeout', phase: 'first-byte', afterMs: 60 },
  ],
  [
    'mid-stream',
    { type: 'hang', afterChunks: 1 },
    { kind: 'timeout', phase: 'between-chunks', afterMs: 50 },
  ],
])('a provider that hangs %s is left, once', async (_, behaviour, fault) => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream({ firstByteMs: 60, betweenChunksMs: 50 })
  provider.always(behaviour)
  const error = await failure(upstream.post(to(provider.url)).then(async (reply) => reply.text()))
  expect(error).toMatchObject({ fault, attempts: 1 })
  await provider.untilClosed()
  expect(provider.requests.length).toBe(1)
})

test('a connection that breaks after the request was sent is never retried', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream(timeless())
  await (await upstream.post(to(provider.url))).text()
  provider.next({ type: 'drop' }, { type: 'drop', afterChunks: 1 })
  const closed = await failure(upstream.post(to(provider.url)))
  expect(closed).toMatchObject({ attempts: 1, fault: { kind: 'transport' } })
  expect(closed.message).toBe('the connection was closed (UND_ERR_SOCKET)')
  const reply = await upstream.post(to(provider.url))
  let received = ''
  const reading = async () => {
    for await (const chunk of reply.chunks) received += Buffer.from(chunk).toString()
  }
  expect((await failure(reading())).fault.kind).toBe('transport')
  expect(received).toMatch(/^\{"id":/)
  expect(provider.requests.length).toBe(3)
})

test('a refused connection is tried again until somebody listens', async () => {
  await using server = await listening((socket) => socket.once('data', () => socket.write(ok)))
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  await using upstream = openUpstream({
    sleep: async () => {
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  })
  const reply = await upstream.post(to(`http://127.0.0.1:${port}`))
  expect(reply.attempts).toBe(2)
  expect(await reply.text()).toBe('ok')
})

test('a connection refused for good is an error that counts its attempts', async () => {
  await using server = await listening(() => {})
  const port = portOf(server)
  server.close()
  await using upstream = openUpstream(timeless())
  const error = await failure(upstream.post(to(`http://127.0.0.1:${port}/${secret}`)))
  expect(error).toMatchObject({ attempts: 3, message: 'the connection was refused (ECONNREFUSED)' })
})

test.each([
  ['http://no-such-host.invalid', /host name/],
  ['no address', /is no URL/],
  ['ftp://127.0.0.1', /address or a header cannot be sent/],
])('%s cannot be asked', async (url, message) => {
  await using upstream = openUpstream(timeless())
  expect((await failure(upstream.post(to(url)))).message).toMatch(message)
})

test('a header that cannot be sent is an error without the header', async () => {
  await using upstream = openUpstream(timeless())
  const request = to('http://127.0.0.1:9', { headers: { 'x-api-key': `${secret}\nx: y` } })
  expect(await failure(upstream.post(request))).toMatchObject({ attempts: 1 })
})

test('TLS towards a port that speaks none fails once, in words', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream(timeless())
  const error = await failure(upstream.post(to(provider.url.replace('http:', 'https:'))))
  expect(error).toMatchObject({ attempts: 1, fault: { kind: 'transport' } })
  expect(error.message).toContain('TLS')
  expect(provider.requests).toEqual([])
})

test('an answer that is no HTTP is an error', async () => {
  await using server = await listening((socket) => socket.end('hello, who is there?\r\n\r\n'))
  await using upstream = openUpstream(timeless())
  const error = await failure(upstream.post(to(`http://127.0.0.1:${portOf(server)}`)))
  expect(error).toMatchObject({ attempts: 1 })
  expect(error.message).toContain('no HTTP')
})

test('a kept connection that the provider closed before it was used is replaced', async () => {
  let asked = 0
  await using server = await listening((socket) => {
    socket.on('data', () => {
      asked += 1
      socket.end(ok)
    })
  })
  await using upstream = openUpstream(timeless())
  for (let index = 0; index < 20; index += 1) {
    const reply = await upstream.post(to(`http://127.0.0.1:${portOf(server)}`))
    expect(await reply.text()).toBe('ok')
  }
  expect(asked).toBe(20)
})

test('a prompt runs at most once on a provider that closes connections as it likes', async () => {
  const seen: string[] = []
  await using server = await listening((socket) => {
    let count = 0
    socket.on('data', (bytes) => {
      for (const [, name = ''] of bytes.toString('latin1').matchAll(/x-name: (\d+)/g)) {
        seen.push(name)
        count += 1
      }
      if (Number(seen.at(-1)) % 5 === 4) socket.destroy()
      else socket.write(ok, () => (count > 2 ? socket.destroy() : undefined))
    })
  })
  await using upstream = openUpstream(timeless())
  const url = `http://127.0.0.1:${portOf(server)}`
  const post = async (index: number) => {
    const reply = await upstream.post(to(url, { headers: { 'x-name': String(index) } }))
    return reply.text()
  }
  const results = await Promise.allSettled(Array.from({ length: 100 }, async (_, at) => post(at)))
  expect(new Set(seen).size).toBe(seen.length)
  const failed = results.filter(({ status }) => status === 'rejected').length
  expect(failed).toBeGreaterThanOrEqual(20)
})

test('a reply beyond the limit is an error; text stops where it is told', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream({ replyBytes: 1000 })
  provider.always({ type: 'raw', body: 'é'.repeat(600) })
  const reply = await upstream.post(to(provider.url))
  expect((await failure(reply.text())).message).toBe('the reply is larger than 1000 bytes')
  const larger = await upstream.post(to(provider.url, { replyBytes: 1200 }))
  expect(await larger.text()).toBe('é'.repeat(600))
  await using generous = openUpstream()
  expect(await (await generous.post(to(provider.url))).text(7)).toBe('ééé')
  expect(await (await generous.post(to(provider.url))).text(5000)).toBe('é'.repeat(600))
})

test('a compressed reply is an error and not nonsense', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  const headers = { 'content-encoding': 'gzip' }
  provider.always({ type: 'raw', headers, body: gzipSync('{}') })
  const reply = await upstream.post(to(provider.url))
  expect((await failure(reply.text())).message).toBe('the reply is in gzip')
})
