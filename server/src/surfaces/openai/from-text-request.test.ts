import { describe, expect, it } from 'vitest'
import type { JsonMap } from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { fromTextRequest, textFieldOf } from './from-text-request.ts'

const read = (fields: JsonMap) => fromTextRequest({ model: 'm', prompt: 'Once', ...fields })

describe('A completion of a text', () => {
  it('is one message of the user', () => {
    const once = { role: 'user', content: [{ type: 'text', text: 'Once' }] }
    const options = { maxTokens: 5, temperature: 0, stop: ['\n'], user: 'u' }
    expect(read({ max_tokens: 5, temperature: 0, stop: '\n', user: 'u', echo: false })).toEqual({
      request: { model: 'm', messages: [once], options },
      nativeOnly: [],
    })
    expect(read({ prompt: ['Once'] }).request.messages).toEqual([once])
    expect(read({ prompt: ['Once'], n: 1, best_of: 1, suffix: '' }).nativeOnly).toEqual([])
  })

  it.each<[string, JsonMap]>([
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
    ['prompt', { prompt: [[1], [2]] }],
    ['suffix', { suffix: 'end' }],
    ['echo', { echo: true }],
    ['best_of', { best_of: 2 }],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: 0 }],
    ['logit_bias', { logit_bias: { '1': 1 } }],
  ])('names what only the dialect has: %s', (name, fields) => {
    expect(read(fields).nativeOnly).toEqual([name])
  })

  it.each<[string, JsonMap]>([
    ['prompt', { prompt: null }],
    ['prompt', { prompt: [] }],
    ['prompt', { prompt: 7 }],
    ['best_of', { best_of: 'two' }],
  ])('is refused for %s', (param, fields) => {
    expect(() => read(fields)).toThrow(DomainError)
    expect(() => read(fields)).toThrow(expect.objectContaining({ details: { param } }))
  })

  it('calls its options by its own words', () => {
    expect(['messages', 'maxTokens', 'seed'].map(textFieldOf)).toEqual([
      'prompt',
      'max_tokens',
      'seed',
    ])
  })
})
