import { describe, expect, test } from 'vitest'
import type { Message } from '../completion/index.ts'
import { demoPromptText } from './demo-prompt.ts'

const messages: readonly Message[] = [
  { role: 'system', content: [{ type: 'text', text: 'Review.' }] },
  { role: 'user', content: [{ type: 'text', text: 'x = 1' }] },
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'Let me see.' },
      { type: 'tool-call', id: 'toolu_1', name: 'run_linter', argumentsText: '{"code":"x = 1"}' },
      { type: 'tool-call', id: 'toolu_2', name: 'run_linter', argumentsText: 'no json' },
    ],
  },
  {
    role: 'tool',
    content: [
      { type: 'tool-result', id: 'toolu_1', name: 'run_linter', text: '{}' },
      { type: 'tool-result', id: 'toolu_2', name: 'run_linter', text: '[]' },
    ],
  },
]

describe("A demo's conversation", () => {
  test('is shown with content blocks where Anthropic is asked (§7.2)', () => {
    const text = demoPromptText({ kind: 'anthropic', messages, openaiText: 'as OpenAI is told' })
    expect(JSON.parse(text)).toEqual([
      { role: 'system', content: 'Review.' },
      { role: 'user', content: 'x = 1' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'toolu_1', name: 'run_linter', input: { code: 'x = 1' } },
          { type: 'tool_use', id: 'toolu_2', name: 'run_linter', input: 'no json' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '{}' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: '[]' },
        ],
      },
    ])
  })

  test.each(['openai', 'google', 'ollama', 'openai-compatible'] as const)(
    'is shown as OpenAI is told it where %s is asked',
    (kind) => {
      const openaiText = 'as OpenAI is told'
      expect(demoPromptText({ kind, messages, openaiText })).toBe(openaiText)
    },
  )
})
