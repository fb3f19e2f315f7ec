import { ChatCompletion } from '@pharos/contract/openai/chat.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryParts } from '../../../test/support/arbitrary-parts.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import type { CompletionPart, WholeAnswer } from '../../features/completion/index.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import { passWhole } from './pass-whole.ts'
import { toChatCompletion } from './to-chat-completion.ts'
import { toTextCompletion } from './to-text-completion.ts'

const plain = { hasUsage: false, hasLogprobs: false, isLegacy: false }

function answerOf(parts: readonly CompletionPart[], facts: Partial<WholeAnswer> = {}): WholeAnswer {
  const usage = parts.findLast((part) => part.type === 'usage')?.usage ?? unknownUsage
  return {
    status: 'whole',
    model: 'asked/for',
    createdAt: 1_750_000_000.7,
    traceId: 't',
    spanId: 's',
    isNative: false,
    provider: 'p',
    providerModel: 'own',
    cache: null,
    headers: {},
    event: null,
    parts,
    outcome: {
      status: 'completed',
      startedAt: 1,
      endedAt: 2,
      latencyMs: 1000,
      timeToFirstTokenMs: null,
      attempts: 1,
      usage,
      price: { status: 'unknown', reason: 'unknown-usage' },
      reply: foldParts(parts),
    },
    ...facts,
  }
}

const start: CompletionPart = { type: 'start', model: null, id: null }
const stop: CompletionPart = { type: 'end', finishReason: 'stop', rawFinishReason: null }
const call = { type: 'tool-delta', index: 0, id: 'c', name: 'f', argumentsDelta: '{}' } as const

describe('A whole reply', () => {
  it('says everything that the model said, in the published shape', () => {
    fc.assert(
      fc.property(arbitraryParts, (parts) => {
        const reply = ChatCompletion.parse(toChatCompletion(answerOf(parts), plain))
        const { text, reasoning, toolCalls } = foldParts(parts)
        const message = reply.choices[0]?.message
        expect(reply.choices).toHaveLength(1)
        expect(message?.content ?? '').toBe(text)
        expect(message?.reasoning_content ?? '').toBe(reasoning)
        expect((message?.tool_calls ?? []).map(({ id }) => id)).toEqual(
          toolCalls.map(({ id }) => id),
        )
      }),
    )
  })

  it('tells usage and the name asked for', () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 4,
      cacheReadTokens: 3,
      cacheWriteTokens: null,
      reasoningTokens: null,
    }
    const parts: CompletionPart[] = [
      start,
      { type: 'text-delta', text: 'Hi' },
      { type: 'usage', usage },
      stop,
    ]
    expect(toChatCompletion(answerOf(parts), plain)).toEqual({
      id: 'chatcmpl-s',
      object: 'chat.completion',
      created: 1_750_000_000,
      model: 'asked/for',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 4,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    })
    expect(toTextCompletion(answerOf(parts))).toMatchObject({
      id: 'cmpl-s',
      object: 'text_completion',
      model: 'asked/for',
      choices: [{ text: 'Hi', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { total_tokens: 14 },
    })
  })

  it('without usage tells none', () => {
    expect(toChatCompletion(answerOf([start, stop]), plain)).not.toHaveProperty('usage')
  })

  it('that calls ends for the sake of the calls, and says null beside them', () => {
    const [choice] = toChatCompletion(answerOf([start, call, stop]), plain).choices
    expect(choice).toMatchObject({ message: { content: null }, finish_reason: 'tool_calls' })
    const legacy = toChatCompletion(answerOf([start, call, stop]), { ...plain, isLegacy: true })
    expect(legacy.choices[0]).toMatchObject({
      message: { content: null, function_call: { name: 'f', arguments: '{}' } },
      finish_reason: 'function_call',
    })
    expect(legacy.choices[0]?.message).not.toHaveProperty('tool_calls')
  })

  it('of the same dialect is passed on under the name asked for', () => {
    const data = '{"id":"x","x_new":[1],"model":"own","usage":{"x":null}}'
    const native = answerOf([start, stop], { isNative: true, event: { name: null, data } })
    expect(passWhole(native)).toBe('{"id":"x","x_new":[1],"model":"asked/for","usage":{"x":null}}')
    expect(passWhole({ ...native, isNative: false })).toBeUndefined()
    expect(passWhole({ ...native, event: null })).toBeUndefined()
  })
})
