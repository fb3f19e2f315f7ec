import { describe, expect, it } from 'vitest'
import { builtBody, builtWith, type Kind } from '../../../../test/support/built-body.ts'
import type { CompletionOptions, ContentPart } from '../request.ts'

describe('thinking', () => {
  it('is asked of OpenAI by effort', () => {
    const effort = (model: string, asked: 'minimal' | 'low' | 'medium' | 'high') => {
      const { body, warned } = builtWith('openai', { reasoning: { effort: asked } }, model)
      return [body['reasoning_effort'], warned]
    }
    expect(effort('o3', 'high')).toEqual(['high', []])
    expect(effort('gpt-5-mini', 'minimal')).toEqual(['minimal', []])
    expect(effort('gpt-5.1', 'minimal')).toEqual(['low', ['reasoning']])
    expect(effort('gpt-4.1', 'low')).toEqual([undefined, ['reasoning']])
    expect(effort('my-model', 'low')).toEqual(['low', []])
    expect(builtWith('openai', { reasoning: { budgetTokens: 5 } }, 'o3').warned).toEqual([
      'reasoning',
    ])
  })

  it('is asked of newer Claudes by effort, of older ones by budget', () => {
    const high = { reasoning: { effort: 'high' } } as const
    expect(builtWith('anthropic', high).body).toMatchObject({
      max_tokens: 4096,
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    })
    expect(builtWith('anthropic', high, 'claude-haiku-4-5-20251001').body).toMatchObject({
      max_tokens: 28_672,
      thinking: { type: 'enabled', budget_tokens: 24_576 },
    })
    const budget = { reasoning: { budgetTokens: 2000 } }
    expect(builtWith('anthropic', budget).body).toMatchObject({
      max_tokens: 6096,
      thinking: { type: 'enabled', budget_tokens: 2000 },
    })
    expect(builtWith('anthropic', budget, 'claude-opus-4-8')).toMatchObject({
      body: { thinking: { type: 'adaptive', display: 'summarized' } },
      warned: ['reasoning'],
    })
    expect(builtWith('anthropic', budget, 'claude-3-5-haiku-20241022')).toMatchObject({
      body: { max_tokens: 4096 },
      warned: ['reasoning'],
    })
  })

  it.each([
    [2000, 1500, { type: 'enabled', budget_tokens: 1499 }, ['reasoning']],
    [2000, 1000, undefined, ['reasoning']],
    [2000, 2001, { type: 'enabled', budget_tokens: 2000 }, []],
    [10, 4000, { type: 'enabled', budget_tokens: 1024 }, ['reasoning']],
  ])('of %d tokens stays below a limit of %d', (budgetTokens, maxTokens, thinking, warned) => {
    const model = 'claude-sonnet-4-5'
    const built = builtWith('anthropic', { reasoning: { budgetTokens }, maxTokens }, model)
    expect(built.body['thinking']).toEqual(thinking)
    expect(built.body['max_tokens']).toBe(maxTokens)
    expect(built.warned).toEqual(warned)
  })

  it('is not gone on with by budget where the last call of a tool came back without its own', () => {
    const call = { type: 'tool-call', id: 'c', name: 'f', argumentsText: '{}' } as const
    const asked = (...thought: readonly ContentPart[]) => {
      const messages = [
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: [...thought, call] },
        { role: 'tool', content: [{ type: 'tool-result', id: 'c', text: '1' }] },
      ] as const
      const options = { reasoning: { effort: 'low' }, temperature: 0.5 } as const
      const model = 'claude-sonnet-4-5'
      const { body, warned } = builtBody('anthropic', { model, messages, options })
      return [body['thinking'] !== undefined, body['temperature'], warned]
    }
    const thought = { type: 'reasoning', text: 'Hm' } as const
    expect(asked({ ...thought, signature: 's' })).toEqual([true, undefined, ['temperature']])
    expect(asked()).toEqual([false, 0.5, ['reasoning']])
    expect(asked(thought)).toEqual([false, 0.5, ['reasoning', 'messages']])
  })

  it('leaves Anthropic no sampling and no forced tool', () => {
    const { body, warned } = builtBody('anthropic', {
      tools: [{ name: 'f', parameters: {} }],
      options: {
        temperature: 0.5,
        topP: 0.9,
        topK: 4,
        toolChoice: 'required',
        reasoning: { effort: 'low' },
      },
    })
    for (const key of ['temperature', 'top_p', 'top_k']) expect(body).not.toHaveProperty(key)
    expect(body['tool_choice']).toEqual({ type: 'auto' })
    expect(warned).toEqual(['temperature', 'topP', 'topK', 'toolChoice'])
  })

  it('is asked of Gemini 3 by level, of 2.5 by budget', () => {
    const config = (options: CompletionOptions, model?: string) => {
      const { body, warned } = builtWith('google', options, model)
      return [body['generationConfig'], warned]
    }
    const low = { reasoning: { effort: 'low' } } as const
    const minimal = { reasoning: { effort: 'minimal' } } as const
    const thinks = (measure: object) => ({ thinkingConfig: { ...measure, includeThoughts: true } })
    expect(config(low)).toEqual([thinks({ thinkingLevel: 'low' }), []])
    expect(config(minimal)).toEqual([thinks({ thinkingLevel: 'low' }), ['reasoning']])
    expect(config(minimal, 'gemini-3-flash')).toEqual([thinks({ thinkingLevel: 'minimal' }), []])
    expect(config(low, 'gemini-2.5-pro')).toEqual([thinks({ thinkingBudget: 1024 }), []])
    const both = { reasoning: { effort: 'low', budgetTokens: 77 } } as const
    expect(config(both)).toEqual([thinks({ thinkingLevel: 'low' }), ['reasoning']])
    expect(config(both, 'gemini-2.5-pro')).toEqual([thinks({ thinkingBudget: 77 }), ['reasoning']])
    expect(config(low, 'gemini-2.0-flash')).toEqual([undefined, ['reasoning']])
  })

  it('is asked of Ollama by degrees only where there are any', () => {
    const high = { reasoning: { effort: 'high' } } as const
    expect(builtWith('ollama', high, 'gpt-oss:20b')).toMatchObject({
      body: { think: 'high' },
      warned: [],
    })
    expect(builtWith('ollama', high, 'qwen3')).toMatchObject({
      body: { think: true },
      warned: ['reasoning'],
    })
    expect(builtWith('ollama', {}).body).not.toHaveProperty('think')
  })

  const signed: ContentPart = { type: 'reasoning', text: 'Hm.', signature: 's' }
  const hidden: ContentPart = { type: 'reasoning', text: '', signature: 'h', isRedacted: true }
  const bare: ContentPart = { type: 'reasoning', text: 'Hm.' }
  const answer: ContentPart = { type: 'text', text: 'Yes.' }
  const call: ContentPart = { type: 'tool-call', id: 'c', name: 'f', argumentsText: '{}' }

  const sent = (kind: Kind, content: readonly ContentPart[]) => {
    const { body, warned } = builtBody(kind, { messages: [{ role: 'assistant', content }] })
    return [body['messages'] ?? body['contents'], warned]
  }

  it('goes back to Anthropic if it is signed', () => {
    expect(sent('anthropic', [signed, hidden, answer])).toEqual([
      [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 's' },
            { type: 'redacted_thinking', data: 'h' },
            { type: 'text', text: 'Yes.' },
          ],
        },
      ],
      [],
    ])
    expect(sent('anthropic', [bare])).toEqual([[], ['messages']])
  })

  it('goes back to Google if no other signed it', () => {
    const thought = { text: 'Hm.', thought: true }
    expect(sent('google', [bare, answer])).toEqual([
      [{ role: 'model', parts: [thought, { text: 'Yes.' }] }],
      [],
    ])
    expect(sent('google', [signed, answer])).toEqual([
      [{ role: 'model', parts: [{ text: 'Yes.' }] }],
      ['messages'],
    ])
  })

  it('goes back to compatible servers with the calls that came of it', () => {
    expect(sent('openai-compatible', [bare, call])).toMatchObject([
      [{ role: 'assistant', content: null, reasoning_content: 'Hm.' }],
      [],
    ])
    expect(sent('openai-compatible', [bare, answer])).toEqual([
      [{ role: 'assistant', content: 'Yes.' }],
      ['messages'],
    ])
    expect(sent('openai', [bare, call])).toMatchObject([[{ content: null }], ['messages']])
    expect(sent('openai', [bare])).toEqual([[], ['messages']])
  })

  it('goes back to Ollama as it came', () => {
    expect(sent('ollama', [bare, answer])).toEqual([
      [{ role: 'assistant', content: 'Yes.', thinking: 'Hm.' }],
      [],
    ])
  })
})
