import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  EngineChildTester,
  greedy,
  lively,
  textJob,
} from '../../../../test/support/engine-child.ts'
import type { GenerateJob } from '../engine-protocol.ts'
import { writeTinyModel } from '../../../../test/support/gguf/tiny-model.ts'

const realModel = process.env['PHAROS_TEST_MODEL']
const schema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 8 }, isIt: { type: 'boolean' } },
}

describe('engine child', () => {
  let folder = ''
  let child: EngineChildTester

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pharos-child-'))
    await writeTinyModel(join(folder, 'tiny.gguf'), { contextLength: 256 })
    child = await EngineChildTester.ready(join(folder, 'tiny.gguf'))
  })
  afterAll(async () => {
    await child[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('says the same twice at temperature 0, and counts what it said', async () => {
    const job = textJob('hello world', { maxTokens: 30 })
    const [one, other] = [await child.ask(job), await child.ask(job)]
    expect(one.text).not.toBe('')
    expect(other.text).toBe(one.text)
    expect(one.end).toMatchObject({ reason: 'length', generatedTokens: 30, stoppedBy: null })
    expect(one.count).toBe(30)
  })

  it('reproduces a seed, with others beside it as well as alone', async () => {
    const job = textJob('hello', { sampling: lively, maxTokens: 30 })
    const alone = await child.ask(job)
    const other = textJob('hello', { sampling: { ...lively, seed: 8 }, maxTokens: 30 })
    const [again, different] = await Promise.all([child.ask(job), child.ask(other)])
    expect(again.text).toBe(alone.text)
    expect(different.text).not.toBe(alone.text)
  })

  it.skipIf(realModel === undefined)(
    'does both with a real model too (needs PHAROS_TEST_MODEL, the path of a GGUF file)',
    async () => {
      await using real = await EngineChildTester.ready(realModel!)
      const job = textJob('Once upon a time', { maxTokens: 40 })
      expect((await real.ask(job)).text).toBe((await real.ask(job)).text)
      const drawn = { ...job, sampling: lively }
      expect((await real.ask(drawn)).text).toBe((await real.ask(drawn)).text)
    },
  )

  it('draws another text every time where no seed is given', async () => {
    const job = textJob('hello', { sampling: { ...lively, seed: null }, maxTokens: 30 })
    const texts = new Set([await child.ask(job), await child.ask(job)].map(({ text }) => text))
    expect(texts.size).toBe(2)
  })

  it('chooses by top-k as by temperature 0 when only one may be chosen', async () => {
    const one = await child.ask(textJob('hello', { sampling: { ...lively, topK: 1 } }))
    expect(one.text).toBe((await child.ask(textJob('hello'))).text)
  })

  it('obeys the bias of a token and refuses one of no token', async () => {
    const plain = await child.ask(textJob('hello', { maxTokens: 1, top: 2 }))
    const [first, second] = plain.tokens[0]!.top
    const never = { ...greedy, logitBias: { [first!.id]: -100 } }
    const biased = await child.ask(textJob('hello', { maxTokens: 1, top: 0, sampling: never }))
    expect(biased.tokens[0]!.id).toBe(second!.id)
    const wrong = { ...greedy, logitBias: { 99999: 1 } }
    const { refusal } = await child.ask(textJob('hello', { sampling: wrong }))
    expect(refusal).toMatchObject({ status: 400, param: 'logit_bias' })
  })

  it('says nothing twice when presence is punished hard', async () => {
    const sampling = { ...greedy, presencePenalty: 2, frequencyPenalty: 2, repeatPenalty: 5 }
    const { tokens } = await child.ask(textJob('hello', { sampling, maxTokens: 60, top: 0 }))
    const free = await child.ask(textJob('hello', { maxTokens: 60, top: 0 }))
    const different = (all: typeof tokens) => new Set(all.map(({ id }) => id)).size
    expect(different(tokens)).toBeGreaterThanOrEqual(different(free.tokens))
    expect(different(tokens)).toBeGreaterThan(50)
  })

  it('streams exactly the text that the engine itself makes of the tokens', async () => {
    const sampling = { ...lively, temperature: 2 }
    const said = await child.ask(textJob('hello', { sampling, maxTokens: 120, top: 0 }))
    const before = said.begun!.prompt!
    const ids = [...before.tokens, ...said.tokens.map(({ id }) => id)]
    const whole = await child.ask(
      textJob({ kind: 'tokens', tokens: ids }, { maxTokens: 0, top: 0 }),
    )
    expect(whole.begun!.prompt!.text).toBe(before.text + said.text)
    expect(whole.end).toMatchObject({ reason: 'length', generatedTokens: 0 })
  })

  it('begins with the token that the model wants there, once', async () => {
    const asked = textJob('hello', { top: 0, maxTokens: 1 })
    const { begun } = await child.ask(asked)
    const marked = await child.ask({ ...asked, prompt: { kind: 'text', text: '<s>hello' } })
    expect(marked.begun!.prompt).toEqual(begun!.prompt)
    expect(begun!.prompt!.tokens.filter((id) => id === 1)).toHaveLength(1)
    expect(begun!.prompt!.text).toContain('<s>')
  })

  it('stops at a stop sequence without showing it', async () => {
    const { text } = await child.ask(textJob('hello', { maxTokens: 60 }))
    const stop = text.slice(20, 24)
    const stopped = await child.ask(textJob('hello', { maxTokens: 60, stop: ['never here', stop] }))
    expect(stopped.end).toMatchObject({ reason: 'stop', stoppedBy: stop })
    expect(stopped.text).toBe(text.slice(0, text.indexOf(stop)))
  })

  it('keeps to a JSON schema and ends when it is complete', async () => {
    const grammar = { kind: 'json-schema', schema, param: 'response_format' } as const
    const said = await child.ask(textJob('hello', { sampling: lively, grammar, maxTokens: 120 }))
    expect(said.end?.reason).toBe('stop')
    expect(JSON.parse(said.text)).toEqual({ name: expect.any(String), isIt: expect.any(Boolean) })
  })

  it('keeps to a grammar of its own, also while tokens are traced', async () => {
    const grammar = { kind: 'gbnf', text: 'root ::= "yes" | "no" [!]{3}' } as const
    const said = await child.ask(textJob('hello', { grammar }))
    expect(['yes', 'no!!!']).toContain(said.text)
    const traced = await child.ask(textJob('hello', { grammar, top: 3 }))
    expect(traced.text).toBe(said.text)
    expect(traced.tokens.map(({ text }) => text).join('')).toBe(said.text)
  })

  it('begins an object where any will do', async () => {
    const said = await child.ask(textJob('hello', { grammar: { kind: 'json' } }))
    expect(said.text).toMatch(/^\{/u)
  })

  it('refuses grammars and schemas that are none', async () => {
    const gbnf = await child.ask(textJob('a', { grammar: { kind: 'gbnf', text: 'root = x' } }))
    expect(gbnf.refusal).toMatchObject({ status: 400, param: 'grammar' })
    for (const param of ['response_format', 'tools'] as const) {
      const none = { kind: 'json-schema', schema: { $ref: '#/none' }, param } as const
      const refused = await child.ask(textJob('a', { grammar: none }))
      expect(refused.refusal).toMatchObject({
        status: 400,
        message: 'No grammar can be made of this JSON schema: it has no #/none',
        param,
      })
    }
  })

  it.each([
    ['the likeliest token', greedy],
    ['a drawn token', lively],
  ])('tells the probability of %s and of the others', async (_, sampling) => {
    const plain = await child.ask(textJob('hello', { sampling, maxTokens: 12 }))
    const said = await child.ask(textJob('hello', { sampling, maxTokens: 12, top: 4 }))
    expect(said.text).toBe(plain.text)
    expect(plain.tokens).toEqual([])
    expect(said.tokens).toHaveLength(12)
    for (const token of said.tokens) {
      const logprobs = token.top.map(({ logprob }) => logprob)
      expect(logprobs).toHaveLength(4)
      expect(logprobs).toEqual(logprobs.toSorted((one, other) => other - one))
      expect(logprobs.reduce((sum, logprob) => sum + Math.exp(logprob), 0)).toBeLessThan(1.0001)
      const same = token.top.find(({ id }) => id === token.id)
      expect(token.logprob).toBeCloseTo(same?.logprob ?? token.logprob!, 3)
      expect(token.logprob).toBeLessThanOrEqual(logprobs[0]! + 1e-3)
      expect(Math.abs(token.at - Date.now() / 1000)).toBeLessThan(60)
    }
  })

  it('weighs tokens before temperature, filters and grammar do', async () => {
    const top = async (job: Partial<GenerateJob>) => {
      const said = await child.ask(textJob('hello', { maxTokens: 1, top: 20, ...job }))
      return said.tokens[0]?.top.map(({ id, logprob }) => [id, logprob.toFixed(3)])
    }
    const likeliest = await top({})
    expect(likeliest).toHaveLength(20)
    const narrow = { ...lively, temperature: 0.3, topK: 3, topP: 0.5, minP: 0.4 }
    expect(await top({ sampling: narrow })).toEqual(likeliest)
    const grammar = { kind: 'gbnf', text: 'root ::= "yes"' } as const
    expect(await top({ sampling: narrow, grammar })).toEqual(likeliest)
    expect(await top({ grammar })).toEqual(likeliest)
  })

  it('says to the end of its context the same while all is noted', async () => {
    const sampling = { ...lively, topK: 3 }
    const plain = await child.ask(textJob('hello', { sampling, maxTokens: null }))
    const said = await child.ask(textJob('hello', { sampling, maxTokens: null, top: 5 }))
    expect(said.text).toBe(plain.text)
    expect(said.end).toMatchObject({ reason: 'length', generatedTokens: said.tokens.length })
    expect(said.tokens.every(({ top }) => top.length === 5)).toBe(true)
    expect(said.tokens.every(({ logprob }) => logprob !== null && logprob <= 0)).toBe(true)
  })

  it('gives the bytes of tokens that are no whole characters', async () => {
    // The tiny vocabulary has no such character, so it is said byte by byte.
    const grammar = { kind: 'gbnf', text: 'root ::= "a🙂é"' } as const
    const said = await child.ask(textJob('hello', { grammar, top: 0 }))
    expect(said.text).toBe('a🙂é')
    const bytes = said.tokens.flatMap((token) => token.bytes ?? [...Buffer.from(token.text)])
    expect(Buffer.from(bytes).toString()).toBe('a🙂é')
    expect(said.tokens.at(-1)).toMatchObject({ text: '\uFFFD', bytes: [0xa9] })
  })

  it('refuses a prompt that leaves no room, with both numbers', async () => {
    const full = Array.from({ length: 256 }, () => 300)
    const { refusal } = await child.ask(textJob({ kind: 'tokens', tokens: full }))
    expect(refusal).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'prompt' })
    expect(refusal?.message).toMatch(/256 tokens.*256/u)
  })

  const words = 'word and other things '

  it.each(['generate', 'embed'] as const)(
    'refuses a very long text without holding up others, to %s',
    async (kind) => {
      const text = words.repeat(200_000)
      const refused =
        kind === 'embed'
          ? child.embed([text]).then((news) => news.type === 'refused' && news.refusal)
          : child.ask(textJob(text)).then(({ refusal }) => refusal)
      const first = await Promise.race([refused.then(() => 'the answer'), child.ping()])
      expect(first).toBe(42)
      expect(await refused).toMatchObject({
        code: 'context_length_exceeded',
        message: expect.stringMatching(/at most 256 tokens.* about \d{7,}/u),
      })
    },
  )

  it('counts a very long text without holding up others', async () => {
    const countOf = async (text: string) => {
      const counted = await child.count({ kind: 'text', text })
      return counted.type === 'counted' ? counted.tokens : NaN
    }
    const whole = countOf(words.repeat(20_000))
    expect(await Promise.race([whole, child.ping()])).toBe(42)
    const part = (await countOf(words.repeat(100))) - 1
    expect(Math.abs((await whole) / part / 200 - 1)).toBeLessThan(0.001)
  })

  it('ends at the end of its context and forgets nothing before', async () => {
    const tokens = Array.from({ length: 250 }, (_, at) => 300 + (at % 50))
    const job = textJob({ kind: 'tokens', tokens }, { maxTokens: null })
    const said = await child.ask(job)
    expect(said.end).toMatchObject({ reason: 'length', promptTokens: 250, generatedTokens: 6 })
    const last = await child.ask({
      ...job,
      prompt: { kind: 'tokens', tokens: tokens.concat(1, 1, 1, 1, 1) },
    })
    expect(last.end).toMatchObject({ reason: 'length', generatedTokens: 1 })
  })

  it('remembers the beginning of the question before', async () => {
    const tokens = Array.from({ length: 100 }, (_, at) => 350 + (at % 60))
    const fresh = await child.ask(textJob({ kind: 'tokens', tokens: [...tokens, 301] }))
    const next = await child.ask(textJob({ kind: 'tokens', tokens: [...tokens, 302] }))
    expect(next.end).toMatchObject({ promptTokens: 101, cachedTokens: 100 })
    const again = await child.ask(textJob({ kind: 'tokens', tokens: [...tokens, 301] }))
    expect(again.text).toBe(fresh.text)
    expect(again.end!.cachedTokens).toBeGreaterThanOrEqual(100)
  })

  it('answers as if alone when more ask than there is room for', async () => {
    const jobs = Array.from({ length: 9 }, (_, at) => textJob(`number ${at}`, { maxTokens: 20 }))
    const alone: string[] = []
    for (const job of jobs) alone.push((await child.ask(job)).text)
    const together = await Promise.all(jobs.map((job) => child.ask(job)))
    expect(together.map(({ text }) => text)).toEqual(alone)
  })

  it('sends no more tokens than it has credit for', async () => {
    const running = child.start(textJob('hello', { maxTokens: 30 }), 5)
    await running.reached(5)
    await child.ask(textJob('other', { maxTokens: 30 }))
    expect(running.count).toBe(5)
    running.give(3)
    await running.reached(8)
    await child.ask(textJob('other', { maxTokens: 30 }))
    expect(running.count).toBe(8)
    running.give(100)
    const whole = await child.ask(textJob('hello', { maxTokens: 30 }))
    expect((await running.answer).text).toBe(whole.text)
  })

  it('aborts while it speaks, while it waits for credit and while it waits for its turn', async () => {
    const speaking = child.start(textJob('hello', { maxTokens: null }))
    await speaking.reached(1)
    speaking.abort()
    const spoken = await speaking.answer
    expect(spoken.end?.reason).toBe('aborted')
    expect(spoken.count).toBeLessThan(250)
    const paused = Array.from({ length: 4 }, () => child.start(textJob('hello'), 1))
    await Promise.all(paused.map((one) => one.reached(1)))
    const waiting = child.start(textJob('hello'))
    waiting.abort()
    expect(await waiting.answer).toMatchObject({
      count: 0,
      begun: undefined,
      end: { reason: 'aborted' },
    })
    for (const one of paused) one.abort()
    for (const one of paused) expect((await one.answer).end?.reason).toBe('aborted')
    expect((await child.ask(textJob('hello'))).end?.reason).toBe('length')
  })

  it('aborts within a long prompt', async () => {
    const tokens = Array.from({ length: 250 }, (_, at) => 260 + ((at * 7) % 250))
    const running = child.start(textJob({ kind: 'tokens', tokens }))
    running.abort()
    expect((await running.answer).end).toMatchObject({ reason: 'aborted', generatedTokens: 0 })
  })

  it('embeds texts as vectors of length one, in their order', async () => {
    const news = await child.embed(['hello world', 'hello', [300, 301]])
    expect(news).toMatchObject({ type: 'embedded', promptTokens: expect.any(Number) })
    const vectors = news.type === 'embedded' ? news.vectors : []
    expect(vectors).toHaveLength(3)
    for (const vector of vectors) {
      expect(vector).toBeInstanceOf(Float32Array)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
    }
    const alone = await child.embed(['hello'])
    expect(alone).toMatchObject({ vectors: [vectors[1]] })
    expect(vectors[0]).not.toEqual(vectors[1])
  })

  it('refuses to embed what is too long or nothing', async () => {
    const tooLong = await child.embed(['fine', Array.from({ length: 300 }, () => 300)])
    const code = 'context_length_exceeded'
    expect(tooLong).toMatchObject({
      type: 'refused',
      refusal: { status: 400, code, param: 'input' },
    })
    expect(await child.embed([''])).toMatchObject({ type: 'refused', refusal: { status: 400 } })
  })

  it('counts the tokens of a prompt, however many', async () => {
    const words = await child.count({ kind: 'text', text: 'hello world' })
    const { begun } = await child.ask(textJob('hello world', { maxTokens: 1 }))
    expect(words).toEqual(expect.objectContaining({ type: 'counted', tokens: begun!.promptTokens }))
    expect(await child.count({ kind: 'text', text: 'a '.repeat(1000) })).toMatchObject({
      type: 'counted',
    })
  })

  it('answers while it works', async () => {
    const running = child.start(textJob('hello', { maxTokens: 100 }))
    await running.reached(1)
    expect(await child.ping()).toBe(42)
    await running.answer
  })
})
