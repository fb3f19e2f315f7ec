import { describe, expect, it } from 'vitest'
import { changedAttributes, planReplay } from './plan-replay.ts'

const stored = {
  'llm.provider': 'openai',
  'llm.model': 'gpt-4o',
  'llm.prompt': '[{"role":"user","content":"Hi"}]',
  'llm.completion': 'Hello',
}

describe('planReplay', () => {
  it('takes what the request changes and the rest from the span', () => {
    const plan = planReplay(stored, { 'llm.model': 'gpt-4o-mini', 'llm.max_tokens': '12.9' })
    expect(plan).toEqual({
      provider: 'openai',
      oldCompletion: 'Hello',
      changedPrompt: null,
      request: {
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        options: { temperature: 1, maxTokens: 12 },
      },
    })
  })

  it('keeps a changed prompt as the text that was sent', () => {
    const list = [{ role: 'user', content: 'Bye' }]
    expect(planReplay(stored, { 'llm.prompt': list }).changedPrompt).toBe(JSON.stringify(list))
    expect(planReplay(stored, { 'llm.prompt': '[]' }).changedPrompt).toBe('[]')
    expect(planReplay(stored, { 'llm.prompt': null }).changedPrompt).toBeNull()
  })

  it('has no provider, model, prompt and completion where nothing says them', () => {
    const plan = planReplay({}, {})
    expect([plan.provider, plan.request.model, plan.oldCompletion]).toEqual(['', '', ''])
    expect(plan.request.messages).toEqual([])
  })

  it('takes null for nothing: no provider is asked for a model called null', () => {
    const plan = planReplay(stored, { 'llm.provider': null, 'llm.model': null })
    expect([plan.provider, plan.request.model]).toEqual(['', ''])
  })

  it.each([
    [{ 'llm.prompt': 'Once upon a time' }, 'llm.prompt'],
    [{ 'llm.prompt': 7 }, 'message'],
    [{ 'llm.temperature': null }, 'llm.temperature'],
    [{ 'llm.temperature': '' }, 'llm.temperature'],
    [{ 'llm.max_tokens': -1 }, 'llm.max_tokens'],
  ])('refuses %j with a sentence that names it', (modified, word) => {
    expect(() => planReplay(stored, modified)).toThrow(word)
  })
})

describe('changedAttributes', () => {
  it('names what differs and what is new, and not what is the same', () => {
    const changes = changedAttributes({ a: 1, b: { c: [2] } }, { a: 2, b: { c: [2] }, d: null })
    expect(changes).toEqual([
      { key: 'a', before: 1, after: 2 },
      { key: 'd', after: null },
    ])
  })
})
