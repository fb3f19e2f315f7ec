import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { completionContext, providerKey } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { askModel } from './ask-model.ts'
import { silenceMs } from './ask-targets.ts'
import type { Ask } from './ask.ts'
import type { CompletionContext } from './powers.ts'

const ask: Ask = {
  wire: 'openai-chat',
  model: 'openai/gpt-4o-mini',
  body: {},
  mode: 'stream',
  read: () => ({ request: { model: '', messages: [], options: {} }, nativeOnly: [] }),
  fieldOf: (option) => option,
  hops: 0,
  traceparent: undefined,
  requestId: 'req-1',
}

describeEachDatabase('a provider that is silent', (store) => {
  afterEach(() => void vi.useRealTimers())

  /** A provider that accepts when it is told to and then never says a word. */
  function silentProvider() {
    const accepted = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const upstream: Upstream = {
      async post({ signal }) {
        asked.resolve()
        await accepted.promise
        const chunks = silence(signal)
        return { status: 200, headers: {}, attempts: 1, chunks, text: async () => '' }
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
    const providers = {
      apiKeys: { openai: providerKey },
      baseUrls: {},
      ownUrls: () => [],
      guardsBaseUrls: false,
    }
    const ctx: CompletionContext = completionContext(store, upstream, { providers })
    return { ctx, asked: asked.promise, accept: accepted.resolve }
  }

  it('is told of after 15 s, but not before it has accepted', async () => {
    const { ctx, asked, accept } = silentProvider()
    // What a database needs of timers it needs of real ones.
    await ctx.directory.snapshot()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = new AbortController()
    const answering = settled(askModel(ctx, ask, stop.signal))
    await asked
    await vi.advanceTimersByTimeAsync(10 * silenceMs)
    expect(await answering()).toBeUndefined()
    accept()
    await turns()
    await vi.advanceTimersByTimeAsync(silenceMs)
    const answer = await answering()
    if (answer?.status !== 'stream') throw new Error(`The answer is ${answer?.status}`)
    const batches = answer.batches[Symbol.asyncIterator]()
    expect(await batches.next()).toEqual({ done: false, value: { events: [], parts: [] } })
    const first = await settled(batches.next())()
    expect(first).toEqual({ done: false, value: null })
    const second = settled(batches.next())
    await vi.advanceTimersByTimeAsync(silenceMs - 1)
    expect(await second()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await second()).toEqual({ done: false, value: null })
    vi.useRealTimers()
    stop.abort()
    await batches.return?.()
  })
})

async function* silence(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal?.addEventListener('abort', () => resolve(), { once: true })
  await promise
  yield* []
}

/** What a promise came to, if it has come to something by now. */
function settled<T>(promise: Promise<T>): () => Promise<T | undefined> {
  let value: T | undefined
  promise.then(
    (said) => (value = said),
    () => undefined,
  )
  return async () => {
    await turns()
    return value
  }
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await turn()
}
