import type { ChatChunk } from '@pharos/contract/openai/chat.ts'
import { OpenAiError } from '@pharos/contract/openai/errors.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryBrokenParts, arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import {
  arbitrarySizes,
  chunksIn,
  encodeAll,
  eventsIn,
  inBatches,
} from '../../../test/support/openai-events.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { ChatChunks } from './chat-chunks.ts'

const head = { id: 'chatcmpl-s', created: 1, model: 'asked/for' }
const plain = { hasUsage: false, hasLogprobs: false, isLegacy: false }

function encode(parts: readonly CompletionPart[], form = plain, sizes: readonly number[] = []) {
  return encodeAll(new ChatChunks(head, form), inBatches(parts, sizes))
}

const reply = fc.tuple(arbitraryParts, arbitrarySizes)

/** What a client makes of the chunks of one choice. */
function readAsClient(chunks: readonly ChatChunk[]) {
  const choices = chunks.flatMap((chunk) => chunk.choices)
  const calls: { id: string; name: string; argumentsText: string }[] = []
  for (const { index, id, function: called } of choices.flatMap(
    ({ delta }) => delta.tool_calls ?? [],
  )) {
    calls[index] ??= { id: id ?? '', name: called.name ?? '', argumentsText: '' }
    calls[index].argumentsText += called.arguments ?? ''
  }
  return {
    text: choices.map(({ delta }) => delta.content ?? '').join(''),
    reasoning: choices.map(({ delta }) => delta.reasoning_content ?? '').join(''),
    calls,
    finishes: choices.flatMap((choice) => choice.finish_reason ?? []),
  }
}

describe('Chunks of a reply', () => {
  it('add up to the reply, however it was cut into batches', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const { text, ending } = encode(parts, plain, sizes)
        const { toolCalls, ...whole } = foldParts(parts)
        const seen = readAsClient(chunksIn(text))
        expect(ending).toBe('complete')
        expect(seen).toMatchObject({ text: whole.text, reasoning: whole.reasoning })
        expect(seen.calls).toEqual(
          toolCalls.map(({ id, name, argumentsText }) => ({ id, name, argumentsText })),
        )
      }),
    )
  })

  it('are all of choice 0, the first and no other with the role', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const chunks = chunksIn(encode(parts, plain, sizes).text)
        expect(chunks.map(({ choices }) => choices.map(({ index }) => index))).toEqual(
          chunks.map(() => [0]),
        )
        const roles = chunks.map(({ choices }) => choices[0]?.delta.role)
        expect(roles).toEqual(chunks.map((_chunk, at) => (at === 0 ? 'assistant' : undefined)))
        for (const chunk of chunks) expect(chunk).toMatchObject(head)
      }),
    )
  })

  it('give one reason of the end, in the last of them', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const chunks = chunksIn(encode(parts, plain, sizes).text)
        const reasons = chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)
        expect(reasons.filter((reason) => reason !== null)).toHaveLength(1)
        expect(reasons.at(-1)).not.toBe(null)
      }),
    )
  })

  it('number calls from 0 without a gap, each beginning with id, type and name', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const chunks = chunksIn(encode(parts, plain, sizes).text)
        const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
        let count = 0
        for (const { index, id, type, function: called } of deltas) {
          expect(index).toBeLessThanOrEqual(count)
          const isNew = index === count
          expect([id !== undefined, type, called.name !== undefined]).toEqual(
            isNew ? [true, 'function', true] : [false, undefined, false],
          )
          if (isNew) count += 1
        }
      }),
    )
  })

  it('tell the usage in a last chunk without choices, only to those who asked', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const asked = chunksIn(encode(parts, { ...plain, hasUsage: true }, sizes).text)
        const last = parts.findLast((part) => part.type === 'usage')
        const others = last ? asked.slice(0, -1) : asked
        expect(others.every(({ usage, choices }) => usage === null && choices.length === 1)).toBe(
          true,
        )
        if (last) {
          expect(asked.at(-1)).toMatchObject({
            choices: [],
            usage: {
              prompt_tokens: last.usage.inputTokens,
              completion_tokens: last.usage.outputTokens,
              prompt_tokens_details: { cached_tokens: last.usage.cacheReadTokens },
              completion_tokens_details: { reasoning_tokens: last.usage.reasoningTokens },
            },
          })
        }
        const unasked = chunksIn(encode(parts, plain, sizes).text)
        expect(unasked.some((chunk) => 'usage' in chunk || chunk.choices.length === 0)).toBe(false)
      }),
    )
  })

  it('end with one error and no reason when the reply broke off', () => {
    fc.assert(
      fc.property(fc.tuple(arbitraryBrokenParts, arbitrarySizes), ([parts, sizes]) => {
        const { text, ending } = encode(parts, { ...plain, hasUsage: true }, sizes)
        const events = eventsIn(text)
        expect(ending).toBe('broken')
        expect(OpenAiError.parse(events.at(-1)).error).toEqual({
          message: 'the stream broke off',
          type: 'internal_server_error',
          param: null,
          code: 'server_error-stream_interrupted',
        })
        const before = events.slice(0, -1).map((event) => event as ChatChunk)
        expect(readAsClient(before).finishes).toEqual([])
      }),
    )
  })

  it('tell each probability once, beside its text, only to those who asked', () => {
    fc.assert(
      fc.property(reply, ([parts, sizes]) => {
        const asked = chunksIn(encode(parts, { ...plain, hasLogprobs: true }, sizes).text)
        const told = asked.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? [])
        const tokens = parts.flatMap((part) => (part.type === 'token' ? [part.text] : []))
        expect(told.map(({ token }) => token)).toEqual(tokens)
        const unasked = chunksIn(encode(parts, plain, sizes).text)
        expect(unasked.every(({ choices }) => choices[0]?.logprobs === null)).toBe(true)
      }),
    )
  })
})

describe('A chunk', () => {
  const start: CompletionPart = { type: 'start', model: null, id: null }
  const stop: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: 'stop' }

  it('of text holds the probabilities of its tokens with their bytes and rivals', () => {
    const parts: CompletionPart[] = [
      start,
      { type: 'text-delta', text: 'é' },
      {
        type: 'token',
        text: 'é',
        logprob: -0.5,
        top: [{ text: '?', logprob: null, bytes: [195] }],
      },
      stop,
    ]
    const [, chunk] = chunksIn(encode(parts, { ...plain, hasLogprobs: true }).text)
    expect(chunk?.choices[0]).toEqual({
      index: 0,
      delta: { content: 'é' },
      logprobs: {
        content: [
          {
            token: 'é',
            logprob: -0.5,
            bytes: [195, 169],
            top_logprobs: [{ token: '?', logprob: -9999, bytes: [195] }],
          },
        ],
        refusal: null,
      },
      finish_reason: null,
    })
  })

  it('calls a function by the older name for those who do', () => {
    const call = { type: 'tool-delta', index: 0, id: 'c', name: 'f', argumentsDelta: '{' } as const
    const parts: CompletionPart[] = [
      start,
      call,
      { type: 'tool-delta', index: 0, argumentsDelta: '}' },
      { ...call, index: 1 },
      stop,
    ]
    const chunks = chunksIn(encode(parts, { ...plain, isLegacy: true }).text)
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { function_call: { name: 'f', arguments: '{' } },
      { function_call: { arguments: '}' } },
      {},
    ])
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call')
  })

  it('of a call carries what Google wants back with it', () => {
    const call = { type: 'tool-delta', index: 0, id: 'c', name: 'f', argumentsDelta: '{}' } as const
    const { text } = encode([start, { ...call, signature: 'sig' }, stop])
    expect(chunksIn(text)[1]?.choices[0]?.delta.tool_calls).toEqual([
      {
        index: 0,
        id: 'c',
        type: 'function',
        function: { name: 'f', arguments: '{}' },
        extra_content: { google: { thought_signature: 'sig' } },
      },
    ])
  })
})
