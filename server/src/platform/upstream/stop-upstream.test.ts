import { getEventListeners, once } from 'node:events'
import { expect, test } from 'vitest'
import {
  askStream,
  failure,
  listening,
  portOf,
  to,
} from '../../../test/support/fake-provider-calls.ts'
import { type FakeProvider, startFakeProvider } from '../../../test/support/fake-provider.ts'
import { openUpstream } from './open-upstream.ts'

test('a reader that leaves closes the provider’s socket', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  provider.always({ type: 'hang', afterChunks: 2 })
  const reply = await upstream.post(to(provider.url, { body: askStream }))
  const reader = reply.chunks[Symbol.asyncIterator]()
  await reader.next()
  await reader.return?.()
  await provider.untilClosed()
  expect(provider.requests.length).toBe(1)
})

type Phase = [string, (provider: FakeProvider) => void, attempts: number]
const phases: Phase[] = [
  ['before the head', (provider) => provider.always({ type: 'hang' }), 1],
  ['after the head', (provider) => provider.always({ type: 'hang', afterChunks: 0 }), 1],
  ['mid-stream', (provider) => provider.always({ type: 'hang', afterChunks: 1 }), 1],
]

test.each(phases)('an abort %s reaches the provider’s socket', async (_, prepare, attempts) => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  prepare(provider)
  const abort = new AbortController()
  const request = to(provider.url, { body: askStream, signal: abort.signal })
  const fails = failure(upstream.post(request).then(async (reply) => reply.text()))
  await provider.untilAsked()
  // Lets the head and the chunk arrive, where there is one; right without it too.
  await new Promise((resolve) => setTimeout(resolve, 20))
  abort.abort('the client left')
  const error = await fails
  expect(error).toMatchObject({ attempts, fault: { kind: 'aborted', reason: 'the client left' } })
  await provider.untilClosed()
  expect(getEventListeners(abort.signal, 'abort')).toEqual([])
})

test('an abort while waiting to ask again ends the wait', async () => {
  await using provider = await startFakeProvider('openai')
  const abort = new AbortController()
  await using upstream = openUpstream({
    sleep: async (_, signal) => {
      abort.abort(new Error('the client left'))
      expect(signal.aborted).toBe(true)
    },
  })
  provider.always({ type: 'status', status: 503 })
  const error = await failure(upstream.post(to(provider.url, { signal: abort.signal })))
  expect(error).toMatchObject({ attempts: 1, message: 'the client left' })
  expect(provider.requests.length).toBe(1)
})

test('an abort during a real wait ends it long before its time', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  provider.always({ type: 'status', status: 503, headers: { 'retry-after': '20' } })
  const abort = new AbortController()
  const fails = failure(upstream.post(to(provider.url, { signal: abort.signal })))
  await provider.untilAsked()
  abort.abort('the client left')
  expect((await fails).fault.kind).toBe('aborted')
})

test('an abort while connecting rejects at once and sends nothing', async () => {
  await using server = await listening(() => {})
  await using upstream = openUpstream()
  const abort = new AbortController()
  const url = `https://127.0.0.1:${portOf(server)}`
  const fails = failure(upstream.post(to(url, { signal: abort.signal })))
  await once(server, 'connection')
  abort.abort('the client left')
  expect(await fails).toMatchObject({ attempts: 1, fault: { kind: 'aborted' } })
})

test('a signal that has already fired sends nothing', async () => {
  await using provider = await startFakeProvider('openai')
  await using upstream = openUpstream()
  const request = to(provider.url, { signal: AbortSignal.abort('too late') })
  expect(await failure(upstream.post(request))).toMatchObject({ attempts: 0, message: 'too late' })
  expect(provider.connections).toBe(0)
})

test('closing ends what is under way: heads, bodies and waits', async () => {
  await using provider = await startFakeProvider('openai')
  const upstream = openUpstream()
  provider.next({ type: 'hang', afterChunks: 1 })
  const streaming = await upstream.post(to(provider.url, { body: askStream }))
  provider.always({ type: 'hang' })
  const failures = [failure(upstream.post(to(provider.url))), failure(streaming.text())]
  await provider.untilAsked(2)
  await upstream[Symbol.asyncDispose]()
  for (const error of await Promise.all(failures)) {
    expect(error.fault).toEqual({ kind: 'aborted', reason: 'the server stops' })
  }
  await provider.untilClosed(2)
})
