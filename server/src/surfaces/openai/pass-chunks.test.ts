import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeAll, eventsIn } from '../../../test/support/openai-events.ts'
import { openai } from '../../features/completion/adapters/openai.ts'
import type { CallBatch, StreamEvent } from '../../features/completion/index.ts'
import { ChatChunks } from './chat-chunks.ts'
import { NativeStream } from './native-stream.ts'
import { PassedChunks } from './pass-chunks.ts'

const form = { hasUsage: false, hasLogprobs: false, isLegacy: false }
const model = 'asked/for'

/** Events as a provider sends them, with the parts that the adapter makes of them. */
function batchesOf(
  data: readonly (object | string)[],
  sizes: readonly number[] = [],
): readonly CallBatch[] {
  const texts = data.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  const events: StreamEvent[] = texts.map((text) => ({ name: null, data: text }))
  const batches: CallBatch[] = []
  let state = openai.startStream()
  let at = 0
  for (const size of [...sizes, events.length]) {
    const some = events.slice(at, at + size)
    at += size
    const parts = some.flatMap((event) => {
      const reduced = openai.reduceEvent(state, event)
      state = reduced.state
      return reduced.parts
    })
    batches.push({ events: some, parts })
  }
  return [...batches, { events: [], parts: openai.endStream(state) }]
}

function pass(data: readonly (object | string)[], options = form, sizes: readonly number[] = []) {
  const { text, ending } = encodeAll(
    new PassedChunks({ ...options, model, kind: 'chat' }),
    batchesOf(data, sizes),
  )
  return { events: eventsIn(text), ending }
}

function chunk(delta: object | null, rest: object = {}): object {
  const choices = delta === null ? [] : [{ index: 0, delta, logprobs: null, finish_reason: null }]
  return { id: 'x', object: 'chat.completion.chunk', created: 5, model: 'own', choices, ...rest }
}

function last(reason: string, rest: object = {}): object {
  const choice = { index: 0, delta: {}, logprobs: null, finish_reason: reason }
  return chunk(null, { choices: [choice], ...rest })
}

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7, x_cost: 1 }
const hello = chunk({ role: 'assistant', content: 'Hi' }, { x_new: { a: 1 }, usage: null })

describe('Chunks that are passed on', () => {
  it('keep everything but the name of the model, and the usage that nobody asked for', () => {
    const { events, ending } = pass([hello, last('stop'), chunk(null, { usage }), '[DONE]'])
    expect(ending).toBe('complete')
    expect(events).toEqual([
      {
        ...chunk({ role: 'assistant', content: 'Hi' }),
        model,
        x_new: { a: 1 },
      },
      { ...last('stop'), model },
    ])
  })

  it('tell the usage in the words of the provider to those who asked', () => {
    const asked = { ...form, hasUsage: true }
    const { events } = pass(
      [hello, last('stop'), chunk(null, { usage, x_tier: 1 }), '[DONE]'],
      asked,
    )
    expect(events).toEqual([
      { ...hello, model },
      { ...last('stop'), model, usage: null },
      { ...chunk(null, { usage, x_tier: 1 }), model },
    ])
  })

  it('have a usage chunk of its own where the provider told it beside the end', () => {
    const { events } = pass([hello, last('stop', { usage }), '[DONE]'], { ...form, hasUsage: true })
    expect(events.slice(1)).toEqual([
      { ...last('stop'), model, usage: null },
      { ...chunk(null), model, usage },
    ])
    const unasked = pass([hello, last('stop', { usage }), '[DONE]'])
    expect(unasked.events.slice(1)).toEqual([{ ...last('stop', { usage }), model }])
  })

  it('begin with a role in each choice, also where the provider left it out', () => {
    const choices = [0, 1].map((index) => ({ index, delta: { content: 'a' }, finish_reason: null }))
    const end = [0, 1].map((index) => ({ index, delta: {}, finish_reason: 'stop' }))
    const { events } = pass([chunk(null, { choices }), chunk(null, { choices: end }), '[DONE]'])
    expect(events).toEqual([
      {
        ...chunk(null),
        model,
        choices: choices.map((one) => ({ ...one, delta: { role: 'assistant', content: 'a' } })),
      },
      { ...chunk(null), model, choices: end },
    ])
  })

  it('give one reason of the end: a second is dropped, a missing one added', () => {
    const twice = pass([hello, last('length'), last('stop'), '[DONE]'])
    expect(twice.events).toHaveLength(3)
    expect(finishesOf(twice.events)).toEqual(['length'])
    const never = pass([hello, '[DONE]'])
    expect(finishesOf(never.events)).toEqual(['stop'])
    expect(never.events.at(-1)).toMatchObject({ id: 'x', model, object: 'chat.completion.chunk' })
    const calls = chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] })
    expect(finishesOf(pass([calls, '[DONE]']).events)).toEqual(['tool_calls'])
  })

  it('take an empty reason for none', () => {
    const open = { index: 0, delta: { content: 'a' }, logprobs: null, finish_reason: '' }
    const { events } = pass([chunk(null, { choices: [open] }), last('stop'), '[DONE]'])
    expect(finishesOf(events)).toEqual(['stop'])
  })

  it('number the calls of each choice from 0, each beginning with its id, type and name', () => {
    const first = { index: 0, delta: { tool_calls: [called('a', 'f', '{'), more('}')] } }
    const second = { index: 1, delta: { tool_calls: [{ ...called('b', 'g', '{}'), index: 1 }] } }
    const third = { index: 0, delta: { tool_calls: [called('c', 'h', { x: 1 })] } }
    const choices = [[first, second], [third]]
    const { events } = pass([...choices.map((some) => chunk(null, { choices: some })), '[DONE]'])
    expect(callsOf(events)).toEqual([
      { index: 0, type: 'function', ...called('a', 'f', '{') },
      { index: 0, ...more('}') },
      { index: 0, type: 'function', ...called('b', 'g', '{}') },
      { index: 1, type: 'function', ...called('c', 'h', '{"x":1}') },
    ])
  })

  it('tell the id, type and name of a call once, and make up an id where there is none', () => {
    const again = { ...called('a', 'f', '}'), type: 'function', index: 0 }
    const none = { index: 1, function: { name: 'g', arguments: '' } }
    const deltas = [[{ ...again, x_new: 1 }, again], [none]]
    const data = deltas.map((calls) => chunk({ tool_calls: calls }))
    expect(callsOf(pass([...data, '[DONE]']).events)).toEqual([
      { ...again, x_new: 1 },
      { index: 0, ...more('}') },
      { ...none, id: 'call_1', type: 'function' },
    ])
  })

  it('stop at an error, which is told in our words', () => {
    const { events, ending } = pass([hello, { error: { message: 'Overloaded', code: 1 } }, hello])
    expect(ending).toBe('broken')
    expect(events).toHaveLength(2)
    expect(events[1]).toEqual({
      error: {
        message: 'OpenAI reported an error: Overloaded',
        type: 'internal_server_error',
        param: null,
        code: 'server_error-stream_interrupted',
      },
    })
  })

  it('stop where the provider broke off or sent nonsense', () => {
    expect(pass([hello]).events.at(-1)).toMatchObject({
      error: { code: 'server_error-stream_interrupted' },
    })
    const nonsense = pass([hello, '<html>', hello])
    expect(nonsense.events).toHaveLength(2)
    expect(nonsense.ending).toBe('broken')
  })

  it('are the same however they arrive together', () => {
    const delta = fc.record(
      { role: fc.constant('assistant'), content: fc.string(), x: fc.jsonValue() },
      { requiredKeys: [] },
    )
    const data = fc
      .tuple(fc.array(delta), fc.boolean())
      .map(([deltas, hasUsage]) => [
        ...deltas.map((one) => chunk(one)),
        last('stop'),
        ...(hasUsage ? [chunk(null, { usage })] : []),
        '[DONE]',
      ])
    const sizes = fc.array(fc.nat(3))
    fc.assert(
      fc.property(data, sizes, fc.boolean(), (events, cuts, hasUsage) => {
        const options = { ...form, hasUsage }
        const seen = pass(events, options, cuts)
        expect(seen).toEqual(pass(events, options))
        expect(seen.ending).toBe('complete')
        expect(finishesOf(seen.events)).toEqual(['stop'])
      }),
    )
  })
})

describe('A native stream', () => {
  const start = { id: 'chatcmpl-s', created: 1, model }
  const encode = (batches: readonly CallBatch[]) =>
    encodeAll(
      new NativeStream(
        new PassedChunks({ ...form, model, kind: 'chat' }),
        new ChatChunks(start, form),
      ),
      batches,
    )

  it('whose provider answered with a whole reply is written as chunks', () => {
    const message = { role: 'assistant', content: 'Hi' }
    const data = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] })
    const { text, ending } = encode([
      { events: [], parts: [] },
      { events: [{ name: null, data }], parts: openai.readReply(data) },
    ])
    expect(ending).toBe('complete')
    expect(eventsIn(text)).toMatchObject([
      { ...start, choices: [{ delta: { role: 'assistant' } }] },
      { ...start, choices: [{ delta: { content: 'Hi' } }] },
      { ...start, choices: [{ finish_reason: 'stop' }] },
    ])
  })

  it('is passed on otherwise', () => {
    const { text } = encode([
      { events: [], parts: [] },
      ...batchesOf([hello, last('stop'), '[DONE]']),
    ])
    expect(eventsIn(text)).toMatchObject([{ id: 'x', x_new: { a: 1 } }, { id: 'x' }])
  })
})

function finishesOf(events: readonly unknown[]): unknown[] {
  const choices = events.flatMap((event) => (event as { choices?: object[] }).choices ?? [])
  return choices.flatMap((choice) =>
    'finish_reason' in choice ? (choice.finish_reason ?? []) : [],
  )
}

function called(id: string, name: string, given: unknown) {
  return { id, function: { name, arguments: given } }
}

function more(text: string) {
  return { function: { arguments: text } }
}

function callsOf(events: readonly unknown[]): unknown[] {
  const choices = events.flatMap((event) => (event as { choices?: object[] }).choices ?? [])
  return choices.flatMap((choice) => {
    const { delta } = choice as { delta?: { tool_calls?: unknown[] } }
    return delta?.tool_calls ?? []
  })
}
