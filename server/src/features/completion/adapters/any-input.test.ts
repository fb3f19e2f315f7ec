import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import { playEvents, recorded, recordedEvents } from '../../../../test/support/recorded.ts'
import { foldParts } from '../fold-parts.ts'
import type { CompletionPart } from '../part.ts'
import type { StreamEvent } from '../provider.ts'
import type { Wire } from '../wire.ts'
import { adapterOf, nativeWire } from './index.ts'

/** Every reader of replies, by whose answers are recorded for it. */
const readers = [
  { name: 'openai', as: 'openai', adapter: adapterOf('openai') },
  { name: 'openai-compatible', as: 'openai', adapter: adapterOf('openai-compatible') },
  { name: 'responses', as: 'responses', adapter: adapterOf('openai') },
  { name: 'anthropic', as: 'anthropic', adapter: adapterOf('anthropic') },
  { name: 'google', as: 'google', adapter: adapterOf('google') },
  { name: 'ollama', as: 'ollama', adapter: adapterOf('ollama') },
  { name: 'completions', as: 'completions', adapter: olderAdapter('openai', 'openai-completions') },
  { name: 'generate', as: 'generate', adapter: olderAdapter('ollama', 'ollama-generate') },
] as const

function olderAdapter(kind: 'openai' | 'ollama', wire: Wire) {
  const native = nativeWire(kind, wire)
  if (!native) throw new Error(`${kind} does not speak ${wire}`)
  return native.adapter
}

/** The recorded answers of each without an error in them. */
const answers = {
  openai: ['text', 'tools', 'logprobs'],
  responses: ['search', 'tools'],
  anthropic: ['text', 'tools', 'search'],
  google: ['text', 'tools', 'logprobs', 'search'],
  ollama: ['text', 'tools', 'logprobs'],
  completions: ['text'],
  generate: ['text'],
} as const

function expectGrammar(parts: readonly CompletionPart[]): void {
  expect(checkGrammar(parts)).toBeNull()
  expect(() => foldParts(parts)).not.toThrow()
}

type Path = readonly (string | number)[]

/** Every place in a JSON value. */
function pathsOf(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [
    [],
    ...Object.entries(value).flatMap(([key, member]) =>
      pathsOf(member).map((path) => [Array.isArray(value) ? Number(key) : key, ...path]),
    ),
  ]
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by
  const member = (value as Record<string | number, unknown>)[key]
  const changed = replaced(member, rest, by)
  return Array.isArray(value)
    ? value.with(Number(key), changed)
    : { ...(value as object), [key]: changed }
}

/** JSON text of which one place holds something else, or nothing. */
function damaged(text: string): fc.Arbitrary<string> {
  const value: unknown = JSON.parse(text)
  return fc
    .tuple(fc.constantFrom(...pathsOf(value)), fc.option(fc.jsonValue(), { nil: undefined }))
    .map(([path, by]) => JSON.stringify(replaced(value, path, by)) ?? '')
}

function damagedEvents(events: readonly StreamEvent[]): fc.Arbitrary<StreamEvent[]> {
  const damagedEvent = ({ name, data }: StreamEvent) =>
    data === '[DONE]'
      ? fc.constant({ name, data })
      : damaged(data).map((text) => ({ name, data: text }))
  const kept = events.map((event) =>
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(event) },
      { weight: 1, arbitrary: damagedEvent(event) },
    ),
  )
  return fc.tuple(...kept)
}

describe.each(readers)('the adapter of $name', ({ as, adapter }) => {
  const wholes = answers[as].map((name) => `${as}-${name}.json`)
  const streams = [...answers[as].map((name) => `${name}.stream`), 'error-midstream'].map(
    (name) => `${as}-${name}.txt`,
  )

  it('makes parts of any text whatever', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) =>
        expectGrammar(adapter.readReply(body)),
      ),
    )
  })

  it.each(wholes)('makes parts of a reply with something wrong in it: %s', (name) => {
    fc.assert(
      fc.property(damaged(recorded(name)), (body) => expectGrammar(adapter.readReply(body))),
      { numRuns: 500 },
    )
  })

  it('makes parts of any events whatever', () => {
    const data = fc.oneof(fc.string(), fc.json(), fc.constantFrom('[DONE]', '', '{}'))
    const event = fc.record({
      name: fc.option(fc.constantFrom('error', 'ping', 'message_stop')),
      data,
    })
    fc.assert(fc.property(fc.array(event), (events) => expectGrammar(playEvents(adapter, events))))
  })

  it.each(streams)('makes parts of a stream with something wrong in it: %s', (name) => {
    const events = recordedEvents(adapter, name)
    fc.assert(
      fc.property(damagedEvents(events), (changed) => expectGrammar(playEvents(adapter, changed))),
      { numRuns: 300 },
    )
  })

  it.each(streams)('makes parts of a stream that lost or repeated events: %s', (name) => {
    const events = recordedEvents(adapter, name)
    const some = fc.array(fc.constantFrom(...events), { maxLength: 2 * events.length })
    fc.assert(fc.property(some, (changed) => expectGrammar(playEvents(adapter, changed))))
  })
})

describe('the quick way through a chunk of text', () => {
  const maybe = (arbitrary: fc.Arbitrary<unknown>) =>
    fc.option(fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, arbitrary), { nil: undefined })
  const delta = fc.record({
    content: fc.option(fc.string(), { nil: undefined }),
    refusal: maybe(fc.string()),
    reasoning: maybe(fc.string()),
    tool_calls: maybe(fc.constant([])),
  })
  const chunk = fc.record({
    delta,
    index: fc.constantFrom(0, 0, undefined, 1),
    finish: maybe(fc.constant('stop')),
    usage: maybe(fc.constant({ prompt_tokens: 1 })),
  })

  it('leads to what the long way says', () => {
    const openai = adapterOf('openai')
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        // Text in blocks always goes the long way.
        const played = (isLong: boolean) =>
          playEvents(
            openai,
            chunks.map(({ delta: given, index, finish, usage }) => {
              const isText = isLong && given.content !== undefined
              const content = isText ? [{ type: 'text', text: given.content }] : given.content
              const choice = { index, delta: { ...given, content }, finish_reason: finish }
              return { name: null, data: JSON.stringify({ choices: [choice], usage }) }
            }),
          ).filter(({ type }) => type !== 'error')
        expect(played(false)).toEqual(played(true))
      }),
    )
  })
})
