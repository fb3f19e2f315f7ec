import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type { CompletedOutcome, CompletionPart } from '../../features/completion/index.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import {
  encodeEnd,
  encodeError,
  encodeLoad,
  encodeParts,
  encodeWhole,
  type Form,
} from './encode-reply.ts'

const usage = { ...unknownUsage, inputTokens: 10, outputTokens: 2 }
const head = { form: 'chat', model: 'asked', at: 1_750_000_000.5 } as const
const createdAt = '2025-06-15T15:06:40.500000000Z'

function completed(
  parts: readonly CompletionPart[],
  more: Partial<CompletedOutcome> = {},
): CompletedOutcome {
  return {
    status: 'completed',
    startedAt: 1_750_000_000,
    endedAt: 1_750_000_000.5,
    latencyMs: 500,
    timeToFirstTokenMs: 120.25,
    attempts: 1,
    usage,
    price: { status: 'unknown', reason: 'unknown-usage' },
    reply: foldParts(parts),
    ...more,
  }
}

const end: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: 'stop' }
const took = {
  total_duration: 500_000_000,
  load_duration: 0,
  prompt_eval_count: 10,
  prompt_eval_duration: 120_250_000,
  eval_count: 2,
  eval_duration: 379_750_000,
}

function linesOf(text: string): Record<string, unknown>[] {
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .map((line): Record<string, unknown> => JSON.parse(line))
}

describe('a stream of a chat', () => {
  it('has a line for each piece of text and thinking', () => {
    const parts: CompletionPart[] = [
      { type: 'start', model: 'real', id: null },
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'text-delta', text: 'Hel' },
      { type: 'text-delta', text: '' },
      { type: 'text-delta', text: 'lo' },
    ]
    const line = (message: object) => ({
      model: 'asked',
      created_at: createdAt,
      message: { role: 'assistant', ...message },
      done: false,
    })
    expect(linesOf(encodeParts(parts, head))).toEqual([
      line({ content: '', thinking: 'Hm' }),
      line({ content: 'Hel' }),
      line({ content: 'lo' }),
    ])
  })

  it('ends with the calls, whole, and a line that says what it took', () => {
    const parts: CompletionPart[] = [
      { type: 'tool-delta', index: 0, id: 'c0', name: 'a', argumentsDelta: '{"x"' },
      { type: 'tool-delta', index: 1, id: 'c1', name: 'b', argumentsDelta: '' },
      { type: 'tool-delta', index: 0, argumentsDelta: ':1}' },
      { type: 'end', finishReason: 'tool_calls', rawFinishReason: 'tool_calls' },
    ]
    expect(encodeParts(parts, head)).toBe('')
    expect(linesOf(encodeEnd(completed(parts), head))).toEqual([
      {
        model: 'asked',
        created_at: createdAt,
        message: {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'c0', function: { index: 0, name: 'a', arguments: { x: 1 } } },
            { id: 'c1', function: { index: 1, name: 'b', arguments: {} } },
          ],
        },
        done: false,
      },
      {
        model: 'asked',
        created_at: createdAt,
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        ...took,
      },
    ])
  })

  it('tells the chances of tokens beside their text', () => {
    const token = (text: string): CompletionPart => ({
      type: 'token',
      text,
      logprob: -0.5,
      top: [{ text: 'é', logprob: -1 }],
    })
    const parts: CompletionPart[] = [
      { type: 'text-delta', text: 'ab' },
      token('a'),
      token('b'),
      { type: 'reasoning-delta', text: 'Hm' },
      token('c'),
    ]
    const told = (text: string) => ({
      token: text,
      logprob: -0.5,
      bytes: [text.charCodeAt(0)],
      top_logprobs: [{ token: 'é', logprob: -1, bytes: [0xc3, 0xa9] }],
    })
    expect(linesOf(encodeParts(parts, head))).toMatchObject([
      { message: { content: 'ab' }, logprobs: [told('a'), told('b')] },
      { message: { content: '', thinking: 'Hm' } },
      { message: { content: '' }, logprobs: [told('c')] },
    ])
  })
})

it('A prompt is answered in its own words', () => {
  const said = { ...head, form: 'generate' } as const
  const parts: CompletionPart[] = [{ type: 'text-delta', text: 'Hi' }, end]
  expect(linesOf(encodeParts(parts, said) + encodeEnd(completed(parts), said))).toEqual([
    { model: 'asked', created_at: createdAt, response: 'Hi', done: false },
    {
      model: 'asked',
      created_at: createdAt,
      response: '',
      done: true,
      done_reason: 'stop',
      ...took,
    },
  ])
})

describe('a whole reply', () => {
  it('holds everything in one object; all its time counts as writing', () => {
    const parts: CompletionPart[] = [
      { type: 'reasoning-delta', text: 'Hm' },
      { type: 'text-delta', text: 'Hi' },
      { type: 'tool-delta', index: 0, id: '', name: 'a', argumentsDelta: '[1]' },
      { type: 'token', text: 'Hi', logprob: null, bytes: [1, 2] },
      { type: 'end', finishReason: 'length', rawFinishReason: 'max_tokens' },
    ]
    const outcome = completed(parts, { timeToFirstTokenMs: null, usage: unknownUsage })
    expect(encodeWhole(outcome, parts, head)).toEqual({
      model: 'asked',
      created_at: createdAt,
      message: {
        role: 'assistant',
        content: 'Hi',
        thinking: 'Hm',
        tool_calls: [{ function: { index: 0, name: 'a', arguments: { arguments: '[1]' } } }],
      },
      logprobs: [{ token: 'Hi', logprob: null, bytes: [1, 2] }],
      done: true,
      done_reason: 'length',
      total_duration: 500_000_000,
      load_duration: 0,
      prompt_eval_duration: 0,
      eval_duration: 500_000_000,
    })
  })

  it.each([
    ['stop', 'end_turn', 'stop'],
    ['tool_calls', 'tool_use', 'stop'],
    ['length', 'max_tokens', 'length'],
    ['content_filter', 'SAFETY', 'content_filter'],
    ['other', 'pause_turn', 'pause_turn'],
    ['other', null, 'stop'],
  ] as const)('that ended by %s (%s) is done by %s', (finishReason, rawFinishReason, reason) => {
    const parts: CompletionPart[] = [{ type: 'end', finishReason, rawFinishReason }]
    expect(encodeWhole(completed(parts), parts, head)).toMatchObject({ done_reason: reason })
  })
})

it('A model made ready says so and nothing else', () => {
  expect(encodeLoad(head, 'load')).toEqual({
    model: 'asked',
    created_at: createdAt,
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'load',
  })
})

it('A fault is one line', () => {
  expect(encodeError('It "broke"\noff')).toBe('{"error":"It \\"broke\\"\\noff"}\n')
})

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const calls = fc.array(fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue()), { maxLength: 3 })
const spoken = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('text-delta' as const), text }),
    fc.record({ type: fc.constant('reasoning-delta' as const), text }),
    fc.record({ type: fc.constant('token' as const), text, logprob: fc.constant(-1) }),
  ),
)

/** The calls in pieces of any size, one after the other by turns. */
function pieces(given: readonly object[], size: number): CompletionPart[] {
  const parts = given.flatMap((values, index): CompletionPart[] => {
    const json = JSON.stringify(values)
    const cuts = json.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
    const first = { id: `c${index}`, name: `tool${index}` }
    return cuts.map((argumentsDelta, at) => ({
      type: 'tool-delta',
      index,
      argumentsDelta,
      ...(at === 0 ? first : {}),
    }))
  })
  const isFirst = (part: CompletionPart) => part.type === 'tool-delta' && part.id !== undefined
  return [...parts.filter(isFirst), ...parts.filter((part) => !isFirst(part))]
}

it.each(['chat', 'generate'] as const)(
  'Any %s is lines of JSON of which the last alone is done, and loses nothing',
  (form: Form) => {
    const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 })
    fc.assert(
      fc.property(
        spoken,
        calls,
        fc.integer({ min: 1, max: 9 }),
        cuts,
        (said, given, size, sizes) => {
          const parts: CompletionPart[] = [...said, ...pieces(given, size), end]
          let out = ''
          for (let at = 0, turn = 0; at < parts.length; turn += 1) {
            const count = sizes[turn % sizes.length] ?? 1
            out += encodeParts(parts.slice(at, at + count), { ...head, form })
            at += count
          }
          const outcome = completed(parts)
          const told = linesOf(out + encodeEnd(outcome, { ...head, form }))
          expect(told.map(({ done }) => done)).toEqual([...told.slice(1).map(() => false), true])
          expect(told.every(({ model }) => model === 'asked')).toBe(true)
          const whole = encodeWhole(outcome, parts, { ...head, form })
          expect(joined(told, form)).toEqual(joined([whole], form))
          expect(joined(told, form).calls).toEqual(JSON.parse(JSON.stringify(given)))
          expect(joined(told, form).text).toBe(outcome.reply.text)
        },
      ),
    )
  },
)

interface SpokenLine {
  readonly content?: string
  readonly response?: string
  readonly thinking?: string
  readonly tool_calls?: readonly { readonly function: { readonly arguments: unknown } }[]
  readonly logprobs?: readonly unknown[]
}

/** What lines say together. */
function joined(told: readonly Record<string, unknown>[], form: Form) {
  const lines = told.map((line): SpokenLine => {
    const message = form === 'chat' ? line['message'] : undefined
    return Object.assign({ ...line }, message)
  })
  return {
    text: lines.map(({ content, response }) => content ?? response ?? '').join(''),
    thinking: lines.map(({ thinking = '' }) => thinking).join(''),
    calls: lines.flatMap(({ tool_calls: made = [] }) =>
      made.map((call) => call.function.arguments),
    ),
    tokens: lines.flatMap(({ logprobs = [] }) => logprobs),
  }
}
