import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import {
  playEvents,
  playRecorded,
  recorded,
  recordedEvents,
} from '../../../../test/support/recorded.ts'
import { foldPart, foldParts, startFold } from '../fold-parts.ts'
import type { CompletionPart } from '../part.ts'
import { adapterOf } from './index.ts'

const kinds = ['openai', 'anthropic', 'google', 'ollama'] as const
const modes = ['.json', '.stream.txt'] as const
const both = kinds.flatMap((kind) => modes.map((mode) => ({ kind, mode })))

function play(name: string): CompletionPart[] {
  const kind = kinds.find((one) => name.startsWith(one))
  const parts = playRecorded(adapterOf(kind ?? 'openai'), name)
  expect(checkGrammar(parts)).toBeNull()
  return parts
}

function usageOf(parts: readonly CompletionPart[]) {
  return parts.reduce(foldPart, startFold()).usage
}

function failureOf(parts: readonly CompletionPart[]) {
  const last = parts.at(-1)
  return last?.type === 'error' ? last.failure : null
}

const models = {
  openai: 'gpt-4o-mini-2024-07-18',
  anthropic: 'claude-sonnet-4-6',
  google: 'gemini-2.5-flash',
  ollama: 'llama3.2',
}

describe('text', () => {
  it.each(both)('of $kind$mode is what was said, and its model is named', ({ kind, mode }) => {
    const reply = foldParts(play(`${kind}-text${mode}`))
    expect(reply).toMatchObject({
      text: 'Grüße!',
      reasoning: '',
      toolCalls: [],
      finishReason: 'stop',
    })
    expect(reply.model).toBe(models[kind])
  })

  it.each(kinds)('of %s comes in as many pieces as it was sent', (kind) => {
    const deltas = play(`${kind}-text.stream.txt`).filter(({ type }) => type === 'text-delta')
    expect(deltas).toEqual([
      { type: 'text-delta', text: 'Grü' },
      { type: 'text-delta', text: 'ße!' },
    ])
  })

  it.each(['openai-refusal.json', 'anthropic-refusal.json'])('of a refusal is text: %s', (name) => {
    expect(foldParts(play(name)).text).toBe('I cannot help with that.')
  })

  it('may be missing where a model spent everything on thinking', () => {
    const parts = play('google-max-tokens.json')
    expect(foldParts(parts)).toMatchObject({ text: '', finishReason: 'length' })
    expect(usageOf(parts)).toMatchObject({ outputTokens: 100, reasoningTokens: 100 })
  })
})

describe('usage', () => {
  const golden = {
    inputTokens: 10,
    outputTokens: 2,
    cacheReadTokens: 4,
    cacheWriteTokens: null,
    reasoningTokens: 1,
  }
  const expected = {
    openai: golden,
    anthropic: { ...golden, cacheWriteTokens: 0 },
    google: golden,
    ollama: { ...golden, cacheReadTokens: null, reasoningTokens: null },
  }

  it.each(both)('of $kind$mode holds the cached in the input, thinking in the output', (one) => {
    expect(usageOf(play(`${one.kind}-text${one.mode}`))).toEqual(expected[one.kind])
    expect(usageOf(play(`${one.kind}-tools${one.mode}`))).toEqual(expected[one.kind])
  })

  it('is unknown, never zero, where a provider says nothing of it', () => {
    const silent = JSON.stringify({
      choices: [{ message: { content: 'a' }, finish_reason: 'stop' }],
    })
    expect(usageOf(adapterOf('openai').readReply(silent))).toBeNull()
  })

  it('of an Anthropic stream that is cut short is not what was written up to then', () => {
    const events = [
      { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
    ].map((event) => ({ name: event.type, data: JSON.stringify(event) }))
    const usage = usageOf(playEvents(adapterOf('anthropic'), events))
    expect(usage).toMatchObject({ inputTokens: 9, outputTokens: null })
  })
})

describe('tool calls', () => {
  const calls = [
    { name: 'weather', argumentsText: '{"city":"Oslo"}' },
    { name: 'clock', argumentsText: '{}' },
  ]
  const spaced = [{ ...calls[0], argumentsText: '{"city": "Oslo"}' }, calls[1]]
  const ids = {
    openai: ['call_a', 'call_b'],
    anthropic: ['toolu_1', 'toolu_2'],
    google: ['call_rEsp0nse_0', 'call_rEsp0nse_1'],
    ollama: ['call_20250627100000123456_0', 'call_x'],
  }

  it.each(both)('of $kind$mode are whole, each with an id', ({ kind, mode }) => {
    const reply = foldParts(play(`${kind}-tools${mode}`))
    expect(reply.finishReason).toBe('tool_calls')
    expect(reply.toolCalls.map(({ id }) => id)).toEqual(ids[kind])
    expect(reply.toolCalls).toMatchObject(kind === 'openai' ? spaced : calls)
  })

  it.each(modes)('of Google keep the signature that goes back with them: %s', (mode) => {
    const [first, second] = foldParts(play(`google-tools${mode}`)).toolCalls
    expect(first).toMatchObject({ signature: 'CvcBsigned==' })
    expect(second).not.toHaveProperty('signature')
  })

  it('end a reply as calls, even where a server says that it just stopped', () => {
    const body = recorded('openai-tools.json').replace(
      '"finish_reason": "tool_calls"',
      '"finish_reason": "stop"',
    )
    const reply = foldParts(adapterOf('openai-compatible').readReply(body))
    expect(reply).toMatchObject({ finishReason: 'tool_calls', rawFinishReason: 'stop' })
  })

  it('of servers that give every call the same index are told apart by id', () => {
    const delta = (call: object) => ({
      name: null,
      data: JSON.stringify({ choices: [{ delta: { tool_calls: [call] }, finish_reason: null }] }),
    })
    const parts = playEvents(adapterOf('openai-compatible'), [
      delta({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }),
      delta({ index: 0, function: { arguments: '1}' } }),
      delta({ index: 0, id: 'b', function: { name: 'g', arguments: '{}' } }),
      delta({ id: 'c', function: { name: 'h', arguments: { y: 2 } } }),
      { name: null, data: '[DONE]' },
    ])
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts).toolCalls).toEqual([
      { id: 'a', name: 'f', argumentsText: '{"x":1}' },
      { id: 'b', name: 'g', argumentsText: '{}' },
      { id: 'c', name: 'h', argumentsText: '{"y":2}' },
    ])
  })
})

describe('thinking', () => {
  it.each(modes)('of Anthropic comes back in order, signed or hidden: %s', (mode) => {
    expect(foldParts(play(`anthropic-tools${mode}`)).content).toEqual([
      { type: 'reasoning', text: 'Which city?', signature: 'EqQBsigned==' },
      { type: 'reasoning', text: '', signature: 'EmwKhidden==', isRedacted: true },
      { type: 'text', text: 'Looking.' },
      { type: 'tool-call', id: 'toolu_1', name: 'weather', argumentsText: '{"city":"Oslo"}' },
      { type: 'tool-call', id: 'toolu_2', name: 'clock', argumentsText: '{}' },
    ])
  })

  it.each(['google-tools', 'ollama-tools'].flatMap((name) => modes.map((mode) => name + mode)))(
    'is told from text: %s',
    (name) => {
      expect(foldParts(play(name))).toMatchObject({ reasoning: 'Which city?', text: '' })
    },
  )

  it('of compatible servers is told from text', () => {
    const parts = playRecorded(
      adapterOf('openai-compatible'),
      'openai-reasoning-content.stream.txt',
    )
    expect(foldParts(parts)).toMatchObject({ reasoning: 'Two and two.', text: '4' })
  })

  it("keeps Google's signature of a text in the piece it came with", () => {
    expect(foldParts(play('google-signed-text.stream.txt')).content).toEqual([
      { type: 'text', text: 'Grüße!' },
      { type: 'text', text: '', signature: 'CvcBsigned==' },
    ])
  })
})

describe('an answer that is none', () => {
  const reported = {
    openai: 'OpenAI reported an error: The server had an error while processing your request.',
    anthropic: 'Anthropic reported an error: Overloaded',
    google: 'Google reported an error: The model is overloaded. Please try again later.',
    ollama:
      'Ollama reported an error: an error was encountered while running the model: unexpected EOF',
  }

  it.each(kinds)('is an error in the midst of a stream: %s', (kind) => {
    const parts = play(`${kind}-error-midstream.txt`)
    expect(foldParts(parts)).toMatchObject({ text: 'Half a', finishReason: null })
    expect(failureOf(parts)).toMatchObject({ kind: 'unusable', reason: reported[kind] })
    expect(failureOf(parts)).toHaveProperty('received', expect.stringContaining('error'))
  })

  it('is an error object with status 200', () => {
    expect(failureOf(play('openai-error.json'))).toMatchObject({
      reason: 'OpenAI reported an error: Upstream is busy',
    })
  })

  const names = { openai: 'OpenAI', anthropic: 'Anthropic', google: 'Google', ollama: 'Ollama' }
  const members = {
    openai: 'choices',
    anthropic: 'content',
    google: 'candidates',
    ollama: 'message',
  }

  it.each(kinds)('says which member is missing: %s', (kind) => {
    const reason = `${names[kind]} returned an empty or invalid response (no ${members[kind]})`
    for (const body of ['{}', '[]', 'null', '"text"', `{"${members[kind]}":7}`]) {
      const parts = adapterOf(kind).readReply(body)
      expect(parts).toEqual([
        { type: 'error', failure: { kind: 'unusable', reason, received: body } },
      ])
    }
  })

  it('says where a reply is not as documented', () => {
    const body = JSON.stringify({ choices: [{ message: { content: 5 } }] })
    expect(failureOf(adapterOf('openai').readReply(body))).toMatchObject({
      reason:
        'OpenAI returned an empty or invalid response (something unexpected at choices.0.message.content)',
    })
  })

  it.each(kinds)('is a body that is no JSON, kept up to 64 KiB: %s', (kind) => {
    // The bound falls into the midst of a character, which is left out.
    const page = `<html> ${'ü'.repeat(100_000)}`
    const failure = failureOf(adapterOf(kind).readReply(page))
    expect(failure).toEqual({
      kind: 'unusable',
      reason: `${names[kind]} returned an empty or invalid response (not JSON)`,
      received: page.slice(0, 7 + 32_764),
    })
  })

  it.each(kinds)('is one whose arguments nest too deep to be written again: %s', (kind) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const asked = /"\{\\"city.*?\}"|\{\s*"city": "Oslo"\s*\}/
    const body = recorded(`${kind}-tools.json`).replace(asked, deep)
    expect(failureOf(adapterOf(kind).readReply(body))).toMatchObject({
      reason: `${names[kind]} returned an empty or invalid response (nested too deeply)`,
    })
  })

  it.each(kinds)('is one of more calls than a model means: %s', (kind) => {
    const named = { name: 'f', arguments: '{}' }
    const block = { type: 'tool_use', id: 'x', name: 'f', input: {} }
    const many = <T>(value: T) => Array.from({ length: 1001 }, () => value)
    const bodies = {
      openai: { choices: [{ message: { tool_calls: many({ function: named }) } }] },
      anthropic: { content: many(block) },
      google: { candidates: [{ content: { parts: many({ functionCall: { name: 'f' } }) } }] },
      ollama: { message: { tool_calls: many({ function: named }) }, done: true },
    }
    const fault = { reason: expect.stringContaining('(more than 1000 tool calls)') }
    expect(failureOf(adapterOf(kind).readReply(JSON.stringify(bodies[kind])))).toMatchObject(fault)
  })

  it('is a stream of more calls than a model means', () => {
    const events = Array.from({ length: 1001 }, (_, index) => {
      const call = { index, id: `c${index}`, function: { name: 'f', arguments: '{}' } }
      return { name: null, data: JSON.stringify({ choices: [{ delta: { tool_calls: [call] } }] }) }
    })
    const parts = playEvents(adapterOf('openai'), events)
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts).toolCalls).toHaveLength(1000)
    expect(failureOf(parts)?.kind).toBe('unusable')
  })

  it.each(kinds)('is an event named error, whatever is in it: %s', (kind) => {
    for (const data of ['{"code":7}', 'down for maintenance']) {
      const [part] = playEvents(adapterOf(kind), [{ name: 'error', data }])
      const reason = `${names[kind]} reported an error: ${data}`
      expect(part).toMatchObject({ type: 'error', failure: { reason, received: data } })
    }
  })

  it.each(['google-blocked.json', 'google-blocked.stream.txt'])(
    'is a prompt that Google refused: %s',
    (name) => {
      expect(failureOf(play(name))).toMatchObject({
        reason: expect.stringContaining('the prompt was blocked: PROHIBITED_CONTENT'),
      })
    },
  )

  // From which event on nothing is missing: OpenAI and Google have given their reason by then.
  const complete = { openai: 4, anthropic: 8, google: 2, ollama: 3 }

  it.each(kinds)('is a stream that breaks off anywhere before its end: %s', (kind) => {
    const adapter = adapterOf(kind)
    const events = recordedEvents(adapter, `${kind}-text.stream.txt`)
    for (let count = 0; count < events.length; count += 1) {
      const parts = playEvents(adapter, events.slice(0, count))
      expect(checkGrammar(parts)).toBeNull()
      const isComplete = count >= complete[kind]
      expect(parts.at(-1)?.type).toBe(isComplete ? 'end' : 'error')
      expect(failureOf(parts)?.kind).toBe(isComplete ? undefined : 'unusable')
    }
    const [first] = events
    expect(failureOf(playEvents(adapter, first ? [first] : []))).toEqual({
      kind: 'unusable',
      reason: `${names[kind]} returned an empty or invalid response (the stream broke off)`,
      received: first?.data,
    })
  })

  it.each(kinds)('says nothing more once it has ended: %s', (kind) => {
    const adapter = adapterOf(kind)
    const events = recordedEvents(adapter, `${kind}-text.stream.txt`)
    const once = playEvents(adapter, events)
    const broken = recordedEvents(adapter, `${kind}-error-midstream.txt`)
    expect(playEvents(adapter, [...broken, ...events])).toEqual(playEvents(adapter, broken))
    expect(playEvents(adapter, [...events, { name: null, data: 'nonsense' }])).toEqual(
      kind === 'google' ? expect.arrayContaining(once.slice(0, -1)) : once,
    )
  })
})

describe('calls in the words of other days', () => {
  const adapter = adapterOf('openai')
  const older = { name: 'f', arguments: '{"a":1}' }
  const wholeOf = (message: object) =>
    foldParts(adapter.readReply(JSON.stringify({ choices: [{ index: 0, message }] })))

  it('of `functions` are calls, whole and streamed', () => {
    const call = { id: 'call_0', name: 'f', argumentsText: '{"a":1}' }
    expect(wholeOf({ content: null, function_call: older }).toolCalls).toEqual([call])
    const deltas = [{ ...older, arguments: '' }, { arguments: '{"a":' }, { arguments: '1}' }]
    const chunks = deltas.map((one) => ({ choices: [{ index: 0, delta: { function_call: one } }] }))
    const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    const parts = playEvents(
      adapter,
      events.map((data) => ({ name: null, data })),
    )
    expect(foldParts(parts).toolCalls).toEqual([call])
  })

  it('of tools without a schema keep their name and text', () => {
    const custom = { id: 'c', type: 'custom', custom: { name: 'g', input: 'SELECT 1' } }
    expect(wholeOf({ content: null, tool_calls: [custom] }).toolCalls).toEqual([
      { id: 'c', name: 'g', argumentsText: 'SELECT 1' },
    ])
  })
})
