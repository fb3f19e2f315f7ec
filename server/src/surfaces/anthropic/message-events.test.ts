import type { MessageEvent } from '@pharos/contract/anthropic/events.ts'
import { MessageEvent as EventShape } from '@pharos/contract/anthropic/events.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryBrokenParts, arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import type { CompletionPart } from '../../features/completion/part.ts'
import { writeParts } from './message-events.ts'
import { startWriting } from './message-writing.ts'

const facts = { id: 'msg_1', model: 'asked' }
const start: CompletionPart = { type: 'start', model: 'm', id: 'x' }
const end: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: 'stop' }

function eventsOf(...parts: CompletionPart[]): readonly MessageEvent[] {
  return writeParts(startWriting(facts), parts).events
}

function indexed(events: readonly MessageEvent[]): [string, number][] {
  return events.flatMap((event) => ('index' in event ? [[event.type, Number(event.index)]] : []))
}

/** What breaks the grammar of a complete message; null if nothing does. */
function faultOf(events: readonly MessageEvent[]): string | null {
  const types = events.map(({ type }) => type)
  if (types[0] !== 'message_start') return `${types[0]} comes first`
  if (types.filter((type) => type === 'message_start').length !== 1) return 'begun twice'
  if (types.at(-1) !== 'message_stop') return `${types.at(-1)} comes last`
  if (types.at(-2) !== 'message_delta') return `${types.at(-2)} comes before the last`
  if (types.filter((type) => type === 'message_delta').length !== 1) return 'two message_delta'
  let count = 0
  let open: number | null = null
  for (const [type, index] of indexed(events)) {
    if (type === 'content_block_start') {
      if (open !== null) return `${index} begins inside of ${open}`
      if (index !== count) return `${index} follows ${count - 1}`
      open = index
      count += 1
    } else if (index !== open) {
      return `${type} of ${index} while ${open} is open`
    } else if (type === 'content_block_stop') {
      open = null
    }
  }
  return open === null ? null : `${open} is left open`
}

describe('events of a message', () => {
  it('keep their grammar whatever is said, in whatever order', () => {
    fc.assert(fc.property(arbitraryParts, (parts) => faultOf(eventsOf(...parts)) === null))
  })

  it('fit the contract', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        for (const event of eventsOf(...parts)) EventShape.parse(event)
      }),
    )
  })

  it('are the same however the parts came together', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        let writing = startWriting(facts)
        const singly = parts.flatMap((part) => {
          const written = writeParts(writing, [part])
          writing = written.writing
          return written.events
        })
        expect(singly).toEqual(eventsOf(...parts))
      }),
    )
  })

  it('end with one error and no stop where the provider broke off', () => {
    fc.assert(
      fc.property(arbitraryBrokenParts, (parts) => {
        const types = eventsOf(...parts).map(({ type }) => type)
        expect(types.at(-1)).toBe('error')
        expect(types.filter((type) => type === 'error')).toHaveLength(1)
        expect(types).not.toContain('message_delta')
        expect(types).not.toContain('message_stop')
      }),
    )
  })

  it('tell the name asked for and an id of ours first', () => {
    const [first] = eventsOf(start, { type: 'text-delta', text: 'Hi' })
    expect(first).toEqual({
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'asked',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: 0,
          cache_creation_input_tokens: null,
          cache_read_input_tokens: null,
          output_tokens: 0,
        },
      },
    })
  })

  it('tell the tokens of the prompt at once where they are known, and all of them last', () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 7,
      cacheReadTokens: 4,
      cacheWriteTokens: 1,
      reasoningTokens: 2,
    }
    const events = eventsOf(
      start,
      { type: 'usage', usage },
      { type: 'text-delta', text: 'Hi' },
      end,
    )
    const told = {
      input_tokens: 5,
      cache_creation_input_tokens: 1,
      cache_read_input_tokens: 4,
      output_tokens_details: { thinking_tokens: 2 },
    }
    expect(events[0]).toMatchObject({ message: { usage: { ...told, output_tokens: 0 } } })
    expect(events.at(-2)).toEqual({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { ...told, output_tokens: 7 },
    })
  })

  it('sign thinking at its end and hide what is hidden', () => {
    const events = eventsOf(
      start,
      { type: 'reasoning-delta', text: 'Well' },
      { type: 'reasoning-delta', text: '', signature: 's1' },
      { type: 'reasoning-delta', text: '', signature: 'hidden', isRedacted: true },
      { type: 'text-delta', text: 'Hi' },
      end,
    )
    expect(events.slice(1, -4)).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'thinking_delta', thinking: 'Well' },
      },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'signature_delta', signature: 's1' },
      },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'redacted_thinking', data: 'hidden' },
      },
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
    ])
  })

  it('give a call without arguments an empty object', () => {
    const events = eventsOf(
      start,
      { type: 'tool-delta', index: 0, id: 'c', name: 'now', argumentsDelta: '' },
      end,
    )
    expect(events.slice(1, 4)).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'c', name: 'now', input: {} },
      },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: '{}' },
      },
      { type: 'content_block_stop', index: 0 },
    ])
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } })
  })

  it('let a second call stream as soon as the first is complete', () => {
    const call = (index: number, argumentsDelta: string): CompletionPart => {
      return { type: 'tool-delta', index, id: `c${index}`, name: 'f', argumentsDelta }
    }
    const events = eventsOf(start, call(0, '{"a":1}'), call(1, '{"b"'))
    expect(indexed(events)).toEqual([
      ['content_block_start', 0],
      ['content_block_delta', 0],
      ['content_block_stop', 0],
      ['content_block_start', 1],
      ['content_block_delta', 1],
    ])
  })

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['tool_calls', 'tool_use'],
    ['content_filter', 'refusal'],
    ['other', 'end_turn'],
  ] as const)('call the end %s %s', (finishReason, expected) => {
    const events = eventsOf(start, { type: 'end', finishReason, rawFinishReason: null })
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: expected } })
  })
})
