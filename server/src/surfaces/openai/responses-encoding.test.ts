import { ResponseEvent, type Response } from '@pharos/contract/openai/responses.ts'
import fc from 'fast-check'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { arbitraryBrokenParts, arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import { encodeParts, endEncoding, startEncoding } from './responses-encoding.ts'
import { toSettings, type ResponseFacts } from './responses-object.ts'
import { itemsOfStored } from './responses-stored.ts'

const facts: ResponseFacts = {
  spanId: 'a1b2',
  createdAt: 1_790_000_000.25,
  settings: toSettings({ model: 'openai/gpt-4o-mini', input: 'Hi' }),
}

/** A stream of parts in batches of the given sizes, the last as large as it must be. */
function encode(parts: readonly CompletionPart[], sizes: readonly number[] = []) {
  let { encoding, events } = startEncoding(facts, true)
  const all = [...events]
  let at = 0
  for (const size of [...sizes, parts.length]) {
    ;({ encoding, events } = encodeParts(encoding, parts.slice(at, at + size)))
    all.push(...events)
    at += size
  }
  const ended = endEncoding(encoding, 1_790_000_003.5)
  return { events: [...all, ...ended.events], response: ended.response }
}

const arbitrarySizes = fc.array(fc.nat(4), { maxLength: 6 })
const text = (said: string): CompletionPart => ({ type: 'text-delta', text: said })
const end = (finishReason: 'stop' | 'length' | 'content_filter' = 'stop'): CompletionPart => {
  return { type: 'end', finishReason, rawFinishReason: null }
}
const call = (index: number, argumentsDelta: string, name?: string): CompletionPart => {
  const named = name === undefined ? {} : { id: `call_${index}`, name }
  return { type: 'tool-delta', index, argumentsDelta, ...named }
}
const typesOf = (events: readonly ResponseEvent[]): string[] => events.map(({ type }) => type)
const at = (event: ResponseEvent): number | null =>
  'output_index' in event ? event.output_index : null

/** What each kind of item may say, in this order, one letter an event. */
const letters = new Map([
  ['response.output_item.added', 'A'],
  ['response.content_part.added', 'P'],
  ['response.output_text.delta', 'd'],
  ['response.output_text.done', 'D'],
  ['response.content_part.done', 'Q'],
  ['response.reasoning_summary_part.added', 'S'],
  ['response.reasoning_summary_text.delta', 'r'],
  ['response.reasoning_summary_text.done', 'R'],
  ['response.reasoning_summary_part.done', 'T'],
  ['response.function_call_arguments.delta', 'c'],
  ['response.function_call_arguments.done', 'C'],
  ['response.output_item.done', 'Z'],
])
const lives = {
  message: /^APd+DQZ$/u,
  reasoning: /^A(?:Sr+RT)?Z$/u,
  function_call: /^Ac*CZ$/u,
}

describe('the events of a response', () => {
  it('are numbered without gaps, begin and end as they must, and fit the contract', () => {
    fc.assert(
      fc.property(arbitraryParts, arbitrarySizes, (parts, sizes) => {
        const { events } = encode(parts, sizes)
        expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()])
        const lifecycle = typesOf(events).filter((type) => !letters.has(type))
        expect(lifecycle.slice(0, 2)).toEqual(['response.created', 'response.in_progress'])
        expect(lifecycle.slice(2)).toEqual([events.at(-1)?.type])
        for (const event of events) expect(ResponseEvent.parse(event)).toEqual(event)
      }),
    )
  })

  it('tell each item from its beginning to its end, items in the order of their places', () => {
    fc.assert(
      fc.property(arbitraryParts, arbitrarySizes, (parts, sizes) => {
        const { events, response } = encode(parts, sizes)
        const added = events.filter(({ type }) => type === 'response.output_item.added')
        expect(added.map(at)).toEqual([...response.output.keys()])
        for (const [index, item] of response.output.entries()) {
          const own = events.filter((event) => at(event) === index)
          const life = own.map(({ type }) => letters.get(type)).join('')
          expect(life).toMatch(lives[item.type])
          const ids = own.flatMap((event) => ('item_id' in event ? [event.item_id] : []))
          expect(new Set([item.id, ...ids])).toEqual(new Set([item.id]))
        }
      }),
    )
  })

  it('add up to what the last of each item and the response itself say', () => {
    fc.assert(
      fc.property(arbitraryParts, arbitrarySizes, (parts, sizes) => {
        const { events, response } = encode(parts, sizes)
        for (const [index, item] of response.output.entries()) {
          const own = events.filter((event) => at(event) === index)
          const said = own.flatMap((event) => ('delta' in event ? [event.delta] : [])).join('')
          expect(own.at(-1)).toMatchObject({ type: 'response.output_item.done', item })
          expect(said).toBe(textOf(item))
        }
        expect(events.at(-1)).toMatchObject({ response })
      }),
    )
  })

  it('come to the same response however they are cut into batches', () => {
    fc.assert(
      fc.property(arbitraryParts, arbitrarySizes, (parts, sizes) => {
        const isChanced = parts.some(({ type }) => type === 'token')
        fc.pre(!isChanced)
        expect(encode(parts, sizes)).toEqual(encode(parts))
      }),
    )
  })

  it('leave out no token where its text came before', () => {
    const token = (said: string): CompletionPart => ({ type: 'token', text: said, logprob: -0.5 })
    const parts = [text('Hi'), token('H'), token('i'), text('!'), token('!'), end()]
    const { events, response } = encode(parts, [3, 2])
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta')
    const chances = deltas.map((event) => ('logprobs' in event ? event.logprobs : []))
    expect(chances.map((list) => list.map((one) => one.token))).toEqual([['H', 'i'], ['!']])
    expect(response.output[0]).toMatchObject({
      content: [{ text: 'Hi!', logprobs: [{ token: 'H', logprob: -0.5, bytes: [72] }, {}, {}] }],
    })
  })

  it('end in a failure where the reply broke off, with what came until then', () => {
    fc.assert(
      fc.property(arbitraryBrokenParts, arbitrarySizes, (parts, sizes) => {
        const { events, response } = encode(parts, sizes)
        expect(events.at(-1)).toMatchObject({ type: 'response.failed', response })
        expect(response.error).toEqual({ code: 'server_error', message: 'the stream broke off' })
        expect(response.completed_at).toBeNull()
        const open = response.output.filter(({ status }) => status === 'incomplete')
        const added = typesOf(events).filter((type) => type === 'response.output_item.added')
        const done = typesOf(events).filter((type) => type === 'response.output_item.done')
        expect(added.length - done.length).toBeGreaterThanOrEqual(open.length)
      }),
    )
  })
})

describe('a whole response', () => {
  it('tells what was asked and what it took', () => {
    const usage = { ...unknownUsage, inputTokens: 10, outputTokens: 2, cacheReadTokens: 4 }
    const { response } = encode([text('Hello'), { type: 'usage', usage }, end()])
    expect(response).toMatchObject({
      id: 'resp_a1b2',
      object: 'response',
      created_at: 1_790_000_000,
      completed_at: 1_790_000_003,
      status: 'completed',
      model: 'openai/gpt-4o-mini',
      output: [{ id: 'msg_a1b2_0', type: 'message', status: 'completed', role: 'assistant' }],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 2,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 12,
      },
    })
  })

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('is incomplete after %s, and so is the item that was cut', (finishReason, reason) => {
    const { response, events } = encode([call(0, '{}', 'f'), text('Hel'), end(finishReason)])
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason },
      output: [{ status: 'completed' }, { status: 'incomplete' }],
    })
    expect(events.at(-1)?.type).toBe('response.incomplete')
  })

  it('closes a call as soon as something follows its whole arguments', () => {
    const { events } = encode([call(0, '{"a":', 'f'), call(0, '1}'), call(1, '', 'g'), end()])
    const done = events.findIndex(({ type }) => type === 'response.output_item.done')
    expect(events.slice(done, done + 2).map(at)).toEqual([0, 1])
    expect(events[done + 1]?.type).toBe('response.output_item.added')
  })

  it('goes on with a call that others have come between', () => {
    const parts = [call(0, '{"a"', 'f'), call(1, '{}', 'g'), call(0, ':1}'), end()]
    expect(encode(parts).response.output).toMatchObject([
      { call_id: 'call_0', arguments: '{"a":1}', status: 'completed' },
      { call_id: 'call_1', arguments: '{}', status: 'completed' },
    ])
  })

  it('says a limit of the provider by its own code', () => {
    const failure = { kind: 'status', status: 429, body: '{"error":{"message":"slow"}}' } as const
    const { response } = encode([text('Hel'), { type: 'error', failure }])
    expect(response.error).toEqual({ code: 'rate_limit_exceeded', message: 'slow' })
  })

  it('fails when the reply just stops', () => {
    expect(encode([text('Hel')]).response.status).toBe('failed')
  })

  it('gives hidden thinking as sealed content without a summary', () => {
    const hidden = { type: 'reasoning-delta', text: '', signature: 'x', isRedacted: true } as const
    expect(encode([hidden, text('Hi'), end()]).response.output[0]).toMatchObject({
      type: 'reasoning',
      summary: [],
      encrypted_content: expect.stringContaining('x'),
    })
  })

  it('has the same items when it is made again from what was kept of the reply', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        const { output } = encode(parts.filter(({ type }) => type !== 'token')).response
        const { content, finishReason } = foldParts(parts)
        const stored = {
          spanId: facts.spanId,
          body: {},
          conversation: [],
          reply: content,
          finishReason,
          usage: unknownUsage,
          errorMessage: null,
          startedAt: 0,
          endedAt: 1,
        }
        expect(itemsOfStored(stored)).toEqual(output)
      }),
    )
  })
})

describe("OpenAI's own client", () => {
  it('accumulates from the events what the response says at last', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryParts, arbitrarySizes, async (parts, sizes) => {
        const ids = parts.flatMap((part) => (part.type === 'tool-delta' ? (part.id ?? []) : []))
        fc.pre(new Set(ids).size === ids.length)
        const { events, response } = encode(parts, sizes)
        const told = await accumulate(events.slice(0, -1))
        expect(withoutParsed(told)).toEqual(response.output)
        expect(withoutParsed(await accumulate(events))).toEqual(response.output)
      }),
      { numRuns: 60 },
    )
  })

  it('meets a failed response with the words of its error', async () => {
    const failure = { kind: 'unusable', reason: 'it broke off', received: '' } as const
    const { events } = encode([text('Hel'), { type: 'error', failure }])
    const response = await finalResponse(events)
    expect(response).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: 'it broke off' },
      output_text: 'Hel',
    })
  })
})

async function accumulate(events: readonly ResponseEvent[]): Promise<readonly object[]> {
  return (await finalResponse(events)).output
}

function finalResponse(events: readonly ResponseEvent[]) {
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  const headers = { 'content-type': 'text/event-stream' }
  const answer = () => Promise.resolve(new globalThis.Response(body.join(''), { headers }))
  const client = new OpenAI({ apiKey: 'none', baseURL: 'http://127.0.0.1:1/v1', fetch: answer })
  return client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse()
}

/** The client adds what it has parsed. */
function withoutParsed(output: readonly object[]): unknown {
  const text = JSON.stringify(output)
  return JSON.parse(text, function strip(this: unknown, key: string, value: unknown) {
    return key === 'parsed' || key === 'parsed_arguments' ? undefined : value
  })
}

function textOf(item: Response['output'][number]): string {
  switch (item.type) {
    case 'message':
      return item.content.map((part) => part.text).join('')
    case 'reasoning':
      return item.summary.map((part) => part.text).join('')
    case 'function_call':
      return item.arguments
  }
}
