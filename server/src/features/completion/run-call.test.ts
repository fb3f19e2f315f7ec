import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import {
  completionContext,
  connectionTo,
  providerKey,
  sampleCall,
} from '../../../test/support/completion-context.ts'
import {
  startFakeProvider,
  type Behaviour,
  type FakeProvider,
  type FakeProviderKind,
} from '../../../test/support/fake-provider.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { CompletionPart } from './part.ts'
import { runCall, streamCall, type StreamedCall } from './run-call.ts'

async function* partsOf(streamed: StreamedCall): AsyncGenerator<CompletionPart> {
  for await (const { parts } of streamed) yield* parts
}

const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const
const models: Readonly<Record<FakeProviderKind, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-haiku-4-5-20251001',
  google: 'gemini-2.5-flash',
  ollama: 'llama3.2',
}
const noWait = async (): Promise<void> => undefined
const modes = ['whole', 'stream'] as const
const everyWay = kinds.flatMap((kind) => modes.map((mode) => [kind, mode] as const))

describe('a call to a provider', () => {
  const fakes = new Map<FakeProviderKind, FakeProvider>()
  let upstream: Upstream
  let impatient: Upstream
  const fakeOf = (kind: FakeProviderKind): FakeProvider => {
    const fake = fakes.get(kind)
    if (!fake) throw new Error(`no fake ${kind}`)
    return fake
  }
  // No database is asked: nothing is recorded here.
  const contextOf = () => completionContext({ db: undefined as never }, upstream)
  const callTo = (kind: FakeProviderKind, mode: 'whole' | 'stream' = 'whole') =>
    sampleCall(connectionTo(kind, fakeOf(kind).url), { model: models[kind], mode })

  beforeAll(async () => {
    for (const kind of kinds) fakes.set(kind, await startFakeProvider(kind))
    upstream = openUpstream({ sleep: noWait })
    impatient = openUpstream({ firstByteMs: 300, betweenChunksMs: 300, sleep: noWait })
  })
  afterEach(() => {
    for (const fake of fakes.values()) fake.always({ type: 'reply' })
  })
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]()
    await impatient[Symbol.asyncDispose]()
    for (const fake of fakes.values()) await fake[Symbol.asyncDispose]()
  })

  it.each(everyWay)('of %s, %s, gives the reply with its measures', async (kind, mode) => {
    const call = callTo(kind, mode)
    const outcome = await runCall(contextOf(), call)
    expect(outcome).toMatchObject({
      status: 'completed',
      attempts: 1,
      reply: { text: 'Hello there!', finishReason: 'stop', toolCalls: [] },
      usage: { inputTokens: 10, outputTokens: 2 },
    })
    expect(outcome.latencyMs).toBeGreaterThan(0)
    expect(outcome.endedAt).toBeGreaterThanOrEqual(outcome.startedAt)
    if (mode === 'whole') expect(outcome.timeToFirstTokenMs).toBeNull()
    else {
      expect(outcome.timeToFirstTokenMs).toBeGreaterThan(0)
      expect(outcome.timeToFirstTokenMs).toBeLessThanOrEqual(outcome.latencyMs)
    }
    const sent = fakeOf(kind).requests.at(-1)
    expect(sent?.text).toBe(call.bodyText)
    expect(sent?.headers['x-pharos-hops']).toBe('1')
  })

  it('costs what its tokens cost, cached ones cheaper where the list says so', async () => {
    const outcome = await runCall(contextOf(), callTo('openai'))
    expect(outcome.price).toMatchObject({ status: 'priced' })
    const cost = outcome.price.status === 'priced' ? outcome.price.costUsd : 0
    expect(cost).toBeCloseTo((10 * 0.15 + 2 * 0.6) / 1e6, 12)
  })

  const failures: readonly (readonly [string, Behaviour, object, RegExp])[] = [
    [
      'a refusal',
      { type: 'status', status: 400, message: 'no such thing' },
      { kind: 'status', status: 400 },
      /^\w+ API error 400: .*no such thing/u,
    ],
    [
      'an overload that lasts',
      { type: 'status', status: 503 },
      { kind: 'status', status: 503 },
      /^\w+ API error 503: /u,
    ],
    ['a dropped connection', { type: 'drop' }, { kind: 'transport' }, /./u],
    ['silence', { type: 'hang' }, { kind: 'timeout', phase: 'first-byte' }, /within 300 ms$/u],
    ['nonsense', { type: 'nonsense' }, { kind: 'unusable' }, /./u],
    [
      'an error inside',
      { type: 'error-inside', message: 'broken' },
      { kind: 'unusable' },
      /broken/u,
    ],
    [
      'an answer that breaks off',
      { type: 'drop', afterChunks: 1 },
      { kind: 'unusable' },
      /broke off/u,
    ],
    [
      'an answer that stalls',
      { type: 'hang', afterChunks: 1 },
      { kind: 'timeout', phase: 'between-chunks' },
      /nothing more for 300 ms$/u,
    ],
  ]
  const everyFailure = failures.flatMap(([name, behaviour, failure, message]) =>
    everyWay.map(([kind, mode]) => ({ name, behaviour, failure, message, kind, mode })),
  )

  it.each(everyFailure)('of $kind, $mode, tells of $name', async (given) => {
    const { behaviour, failure, message, kind, mode } = given
    fakeOf(kind).always(behaviour)
    const ctx = { ...contextOf(), ...(behaviour.type === 'hang' ? { upstream: impatient } : {}) }
    const outcome = await runCall(ctx, callTo(kind, mode))
    if (outcome.status !== 'failed') throw new Error('it did not fail')
    expect(outcome.failure).toMatchObject(failure)
    expect(outcome.message).toMatch(message)
    expect(outcome.attempts).toBeGreaterThan(0)
    const saidSomething = behaviour.type !== 'hang' && behaviour.type !== 'drop'
    if (saidSomething || behaviour.afterChunks !== undefined) {
      expect(outcome.received).not.toBeNull()
    } else expect(outcome.received).toBeNull()
  })

  it.each([
    ['openai', 3],
    ['anthropic', 5],
    ['google', 2],
    ['ollama', 2],
  ] as const)('of %s keeps the text that came before the break', async (kind, afterChunks) => {
    fakeOf(kind).always({ type: 'cut', afterChunks, reply: { text: ['One', ' two', ' three'] } })
    const outcome = await runCall(contextOf(), callTo(kind, 'stream'))
    expect(outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'unusable' },
      partial: { text: expect.stringMatching(/^One/u) },
      received: expect.stringContaining('One'),
    })
  })

  it('never shows the key, though the provider quotes it', async () => {
    const quoting = { type: 'status', status: 401, message: `bad key ${providerKey}` } as const
    fakeOf('openai').always(quoting)
    const refused = await runCall(contextOf(), callTo('openai'))
    fakeOf('openai').always({ type: 'error-inside', message: `bad key ${providerKey}` })
    const unusable = await runCall(contextOf(), callTo('openai', 'stream'))
    for (const outcome of [refused, unusable]) {
      const { price: _, ...told } = outcome
      expect(JSON.stringify(told)).toContain('bad key (secret)')
      expect(JSON.stringify(told)).not.toContain(providerKey)
    }
  })

  it('closes the provider’s socket on an abort and is cancelled', async () => {
    for (const [kind, mode] of everyWay) {
      const fake = fakeOf(kind)
      fake.always({ type: 'hang', afterChunks: 1 })
      const asked = fake.requests.length + 1
      const closed = fake.requests.filter(
        ({ closedByClientAt }) => closedByClientAt !== null,
      ).length
      const stop = new AbortController()
      const running = runCall(contextOf(), callTo(kind, mode), stop.signal)
      await fake.untilAsked(asked)
      stop.abort()
      expect(await running).toMatchObject({
        status: 'failed',
        failure: { kind: 'cancelled' },
        message: 'cancelled',
      })
      await fake.untilClosed(closed + 1)
    }
  })

  it('asks nobody once it was aborted', async () => {
    const asked = fakeOf('openai').requests.length
    const outcome = await runCall(contextOf(), callTo('openai'), AbortSignal.abort())
    expect(outcome).toMatchObject({ status: 'failed', failure: { kind: 'cancelled' } })
    expect(fakeOf('openai').requests).toHaveLength(asked)
  })

  it('is cancelled, with its socket closed, when the reader leaves', async () => {
    const fake = fakeOf('openai')
    fake.always({ type: 'hang', afterChunks: 3, reply: { text: ['One', ' two'] } })
    const closed = fake.requests.filter(({ closedByClientAt }) => closedByClientAt !== null).length
    const streamed = streamCall(contextOf(), callTo('openai', 'stream'))
    for await (const part of partsOf(streamed)) if (part.type === 'text-delta') break
    expect(await streamed.outcome).toMatchObject({
      status: 'failed',
      failure: { kind: 'cancelled' },
      partial: { text: 'One' },
    })
    await fake.untilClosed(closed + 1)
  })

  it('hands each part on while the provider still speaks', async () => {
    const fake = fakeOf('openai')
    const gate = Promise.withResolvers<void>()
    const pause = (index: number) => (index === 3 ? gate.promise : undefined)
    fake.always({ type: 'reply', text: ['One', ' two', ' three'], pause })
    const streamed = streamCall(contextOf(), callTo('openai', 'stream'))
    const parts: CompletionPart[] = []
    for await (const part of partsOf(streamed)) {
      parts.push(part)
      // The rest is sent only after this text has been read.
      if (part.type === 'text-delta' && part.text === 'One') gate.resolve()
    }
    expect(parts.at(0)).toMatchObject({ type: 'start' })
    expect(parts.at(-1)).toMatchObject({ type: 'end' })
    expect(await streamed.outcome).toMatchObject({ reply: { text: 'One two three' } })
  })

  it('uses the connection again after a stream that was read to its end', async () => {
    const fake = fakeOf('openai')
    await runCall(contextOf(), callTo('openai', 'stream'))
    const { connections } = fake
    await runCall(contextOf(), callTo('openai', 'stream'))
    await runCall(contextOf(), callTo('openai', 'whole'))
    expect(fake.connections).toBe(connections)
  })

  it('takes a whole reply for a stream that was asked for', async () => {
    const body = JSON.stringify({
      model: 'gpt-4o-mini',
      choices: [{ message: { role: 'assistant', content: 'All at once' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    })
    fakeOf('openai').always({ type: 'raw', body })
    const outcome = await runCall(contextOf(), callTo('openai', 'stream'))
    expect(outcome).toMatchObject({ status: 'completed', reply: { text: 'All at once' } })
  })

  it('takes no more from the provider than its reader wants', async () => {
    let taken = 0
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (;;) {
        taken += 1
        const delta = { choices: [{ index: 0, delta: { content: `${taken}` } }] }
        yield Buffer.from(`data: ${JSON.stringify(delta)}\n\n`)
      }
    }
    const headers = { 'content-type': 'text/event-stream' }
    const reply = { status: 200, headers, attempts: 1, chunks: chunks(), text: async () => '' }
    const endless = { ...upstream, post: async () => reply }
    const streamed = streamCall({ ...contextOf(), upstream: endless }, callTo('openai', 'stream'))
    let texts = 0
    for await (const part of partsOf(streamed)) {
      if (part.type !== 'text-delta') continue
      texts += 1
      expect(taken).toBe(texts)
      if (texts === 5) break
    }
    expect(await streamed.outcome).toMatchObject({ partial: { text: '12345' } })
    expect(taken).toBe(5)
  })

  it('refuses a caller without the scope before anything is sent', async () => {
    const asked = fakeOf('openai').requests.length
    const ctx = { ...contextOf(), caller: callerWith('traces:write') }
    await expect(runCall(ctx, callTo('openai'))).rejects.toMatchObject({ code: 'forbidden' })
    const streamed = streamCall(ctx, callTo('openai'))
    await expect(streamed[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(streamed.outcome).rejects.toMatchObject({ code: 'forbidden' })
    expect(fakeOf('openai').requests).toHaveLength(asked)
  })
})
