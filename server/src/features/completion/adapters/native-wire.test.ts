import { describe, expect, it } from 'vitest'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import { playEvents, playRecorded, recordedEvents } from '../../../../test/support/recorded.ts'
import { foldPart, foldParts, startFold } from '../fold-parts.ts'
import type { NativeWire, PassedRequest } from '../provider.ts'
import type { Wire } from '../wire.ts'
import { nativeWire } from './index.ts'

const wires: readonly Wire[] = [
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'anthropic-messages',
  'ollama-chat',
  'ollama-generate',
]

type Kind = Parameters<typeof nativeWire>[0]

function wireOf(kind: Kind, wire: Wire): NativeWire {
  const found = nativeWire(kind, wire)
  if (!found) throw new Error(`${kind} does not speak ${wire}`)
  return found
}

function pass(kind: Kind, wire: Wire, request: Partial<PassedRequest>) {
  return wireOf(kind, wire).pass({
    body: { model: 'mine' },
    model: 'theirs',
    mode: 'whole',
    address: { baseUrl: 'http://h/v1', apiKey: 'k' },
    headers: {},
    ...request,
  })
}

describe('a dialect', () => {
  it.each([
    ['openai', ['openai-chat', 'openai-completions']],
    ['openai-compatible', ['openai-chat', 'openai-completions']],
    ['local', ['openai-chat', 'openai-completions']],
    ['anthropic', ['anthropic-messages']],
    ['ollama', ['ollama-chat', 'ollama-generate']],
    ['google', []],
  ] as const)('is spoken by some itself: %s', (kind, spoken) => {
    const found = wires.filter((wire) => nativeWire(kind, wire) !== undefined)
    expect(found).toEqual(spoken)
    for (const wire of found) expect(wireOf(kind, wire).adapter.kind).toBe(kind)
  })
})

describe('a request that is passed on', () => {
  // A body as the parser leaves it: also with a member that an assignment would lose.
  const text = '{"temperature":0.5,"model":"mine","odd":{"x":[1,null]},"__proto__":{"y":1}}'
  const body: PassedRequest['body'] = JSON.parse(text)

  it.each([
    ['openai', 'openai-chat', 'http://h/v1/chat/completions'],
    ['openai', 'openai-completions', 'http://h/v1/completions'],
    ['openai-compatible', 'openai-chat', 'http://h/v1/chat/completions'],
    ['openai-compatible', 'openai-completions', 'http://h/v1/completions'],
    ['local', 'openai-chat', '/chat/completions'],
    ['local', 'openai-completions', '/completions'],
    ['anthropic', 'anthropic-messages', 'http://h/v1/messages'],
    ['ollama', 'ollama-chat', 'http://h/api/chat'],
    ['ollama', 'ollama-generate', 'http://h/api/generate'],
  ] as const)('keeps everything but the model: %s, %s', (kind, wire, url) => {
    const built = pass(kind, wire, { body })
    expect(JSON.stringify(built.body)).toBe(text.replace('mine', 'theirs'))
    expect(built).toMatchObject({ url, warnings: [] })
    expect(body['model']).toBe('mine')
  })

  it.each(['openai-chat', 'openai-completions'] as const)(
    "asks for the usage of OpenAI's streams: %s",
    (wire) => {
      const options = (given: object) =>
        pass('openai', wire, { body: { model: 'm', stream: true, ...given }, mode: 'stream' }).body[
          'stream_options'
        ]
      expect(options({})).toEqual({ include_usage: true })
      expect(options({ stream_options: null })).toEqual({ include_usage: true })
      expect(
        options({ stream_options: { include_usage: false, include_obfuscation: false } }),
      ).toEqual({ include_usage: true, include_obfuscation: false })
    },
  )

  it('asks the others for nothing more, as they tell the usage anyway', () => {
    const streamed = { body: { model: 'm', stream: true }, mode: 'stream' } as const
    const sent = { model: 'theirs', stream: true }
    expect(pass('anthropic', 'anthropic-messages', streamed).body).toEqual(sent)
    expect(pass('ollama', 'ollama-chat', streamed).body).toEqual(sent)
  })

  it("carries the key, and to Anthropic the client's version and betas", () => {
    const headers = (asked: Record<string, string>) =>
      pass('anthropic', 'anthropic-messages', { headers: asked }).headers
    const own = { 'content-type': 'application/json', 'x-api-key': 'k' }
    expect(headers({})).toEqual({ ...own, 'anthropic-version': '2023-06-01' })
    const asked = { 'anthropic-version': '2099-01-01', 'anthropic-beta': 'a,b' }
    expect(headers({ ...asked, authorization: 'Bearer theirs' })).toEqual({ ...own, ...asked })
    const bearer = { 'content-type': 'application/json', authorization: 'Bearer k' }
    expect(pass('openai', 'openai-chat', { headers: asked }).headers).toEqual(bearer)
    expect(pass('ollama', 'ollama-generate', {}).headers).toEqual(bearer)
  })
})

const readers = [
  { name: 'completions', wire: () => wireOf('openai', 'openai-completions'), member: 'choices' },
  { name: 'generate', wire: () => wireOf('ollama', 'ollama-generate'), member: 'response' },
] as const

describe.each(readers)('a reply of the older kind, $name,', ({ name, wire, member }) => {
  const { adapter } = wire()

  it.each(['.json', '.stream.txt'])('is text, with its usage and end: %s', (mode) => {
    const parts = playRecorded(adapter, `${name}-text${mode}`)
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts)).toMatchObject({
      text: 'Grüße!',
      reasoning: name === 'generate' ? 'A greeting.' : '',
      finishReason: 'stop',
      rawFinishReason: 'stop',
      model: name === 'generate' ? 'llama3.2' : 'gpt-3.5-turbo-instruct:20230824-v2',
    })
    const known = name === 'generate' ? null : 4
    expect(parts.reduce(foldPart, startFold()).usage).toEqual({
      inputTokens: 10,
      outputTokens: 2,
      cacheReadTokens: known,
      cacheWriteTokens: null,
      reasoningTokens: known === null ? null : 1,
    })
  })

  it('comes in as many pieces as it was sent', () => {
    const parts = playRecorded(adapter, `${name}-text.stream.txt`)
    expect(parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []))).toEqual([
      'Grü',
      'ße!',
    ])
  })

  it('may be an error, whole or in the midst of a stream', () => {
    const parts = playRecorded(adapter, `${name}-error-midstream.txt`)
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts)).toMatchObject({ text: 'Half a', finishReason: null })
    const reason = expect.stringMatching(/reported an error: (?:The server had|an error was)/)
    expect(parts.at(-1)).toMatchObject({ type: 'error', failure: { kind: 'unusable', reason } })
    expect(adapter.readReply('{"error":"no"}')).toMatchObject([{ type: 'error' }])
  })

  it('is none without its member', () => {
    for (const body of ['{}', '[]', `{"${member}":null}`]) {
      const reason = expect.stringContaining(`(no ${member})`)
      expect(adapter.readReply(body)).toMatchObject([{ type: 'error', failure: { reason } }])
    }
  })

  it('is an error when its stream breaks off', () => {
    const events = recordedEvents(adapter, `${name}-text.stream.txt`)
    const parts = playEvents(adapter, events.slice(0, 3))
    expect(checkGrammar(parts)).toBeNull()
    expect(parts.at(-1)?.type).toBe('error')
  })
})

describe('an event or reply that was parsed already', () => {
  const value = { choices: [{ delta: { content: 'a' }, message: { content: 'a' } }] }

  it('is not parsed again', () => {
    const { adapter } = wireOf('openai', 'openai-chat')
    const reading = { isJson: true, value } as const
    const event = { name: null, data: 'not looked at', reading }
    const { parts } = adapter.reduceEvent(adapter.startStream(), event)
    expect(parts).toContainEqual({ type: 'text-delta', text: 'a' })
    expect(adapter.readReply('not looked at', reading)).toContainEqual({
      type: 'text-delta',
      text: 'a',
    })
  })
})
