import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import { playEvents, recorded, recordedEvents } from '../../../../test/support/recorded.ts'
import { foldParts } from '../fold-parts.ts'
import type { CompletionPart } from '../part.ts'
import type { StreamEvent } from '../provider.ts'
import { adapterOf } from './index.ts'

const kinds = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama'] as const
type Kind = (typeof kinds)[number]

const recordedAs = (kind: Kind) => (kind === 'openai-compatible' ? 'openai' : kind)

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

describe.each(kinds)('the adapter of %s', (kind) => {
  const adapter = adapterOf(kind)
  const wholes = [`${recordedAs(kind)}-text.json`, `${recordedAs(kind)}-tools.json`]
  const streams = ['text.stream', 'tools.stream', 'error-midstream'].map(
    (name) => `${recordedAs(kind)}-${name}.txt`,
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
