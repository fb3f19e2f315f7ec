import { describe, expect, it } from 'vitest'
import { cardOf, cut, shortModelName, wrapLines } from './preview-card.ts'

describe('The card of a log', () => {
  it('counts the ellipsis inside the limit, in characters', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdefg', 6)).toBe('abc...')
    expect(cut('🔑'.repeat(7), 6)).toBe('🔑🔑🔑...')
    expect(cut('🔑'.repeat(6), 6)).toBe('🔑'.repeat(6))
  })

  it.each([
    ['modularai/Llama-3.1-8B-Instruct-GGUF', 'llama-3.1-8b'],
    ['meta/Llama-2-7b', 'llama'],
    ['openai/gpt-4o', 'gpt-4'],
    ['gpt-3.5-turbo', 'gpt-3.5'],
    ['anthropic/Claude-x', 'claude'],
    ['owner/tiny', 'tiny'],
    ['owner/a-very-long-model-name', 'a-very-long-...'],
    ['owner/', 'owner'],
    ['/', '/'],
  ])('calls %s %s', (model, name) => {
    expect(shortModelName(model)).toBe(name)
  })

  it('wraps words and breaks those that are longer than a line', () => {
    expect(wrapLines('one two  three\nfour', 9, 4)).toEqual(['one two', 'three', 'four'])
    expect(wrapLines('abcdefgh', 3, 4)).toEqual(['abc', 'def', 'gh'])
    expect(wrapLines('', 9, 4)).toEqual([])
    expect(wrapLines(' \n', 9, 4)).toEqual([])
  })

  it('ends with an ellipsis when there is more than the lines hold', () => {
    expect(wrapLines('aa bb cc dd ee', 5, 2)).toEqual(['aa bb', 'cc...'])
    const lines = wrapLines('word '.repeat(5000), 85, 4)
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatch(/\.\.\.$/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(85)
  })

  it('says what the log says, and the first text that a mod forced', () => {
    const card = cardOf({
      model_id: 'owner/tiny/guide',
      active_mod: { id: 0, name: 'guide' },
      max_steps: 16,
      user_prompt: `Name  one\nprime ${'number '.repeat(40)}`,
      final_text: '7.',
      actions: [
        { action_type: 'Noop', payload: { tokens_as_text: ['no'] } },
        { action_type: 'ForceTokens', payload: { tokens: [1] } },
        { action_type: 'ForceTokens', payload: { tokens_as_text: [' Se', 'ven ', 'of nine'] } },
        { action_type: 'ForceTokens', payload: { tokens_as_text: ['later'] } },
      ],
    })
    expect(card).toMatchObject({ model: 'tiny', maxTokens: 16, outputLines: ['7.'] })
    expect(card.prompt).toHaveLength(60)
    expect(card.prompt).toMatch(/^Name one prime number .*\.\.\.$/)
    expect(card.description).toHaveLength(180)
    expect(card.injection).toBe('Seven of nine')
  })

  it('says something of a log that says nothing', () => {
    expect(cardOf({ model_id: null, user_prompt: null, actions: [null, { payload: 1 }] })).toEqual({
      model: 'model',
      maxTokens: 256,
      prompt: '',
      description: '',
      outputLines: [],
      injection: null,
    })
  })
})
