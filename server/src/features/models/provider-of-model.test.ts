import { describe, expect, it } from 'vitest'
import { beaconModels } from '../pricing/index.ts'
import { providerOfModel } from './provider-of-model.ts'

describe('providerOfModel', () => {
  it('knows every model of the contract by its table', () => {
    const listed = Object.entries(beaconModels).flatMap(([provider, models]) =>
      models.map((model) => ({ provider, model })),
    )
    expect(listed.length).toBeGreaterThan(20)
    expect(listed.map(({ model }) => providerOfModel(model))).toEqual(listed)
  })

  it.each([
    ['gpt-7-mini', 'openai', 'gpt-7-mini'],
    ['o1-preview', 'openai', 'o1-preview'],
    ['o4', 'openai', 'o4'],
    ['claude-next', 'anthropic', 'claude-next'],
    ['gemini-9', 'google', 'gemini-9'],
    ['ollama/llama3.2:1b', 'ollama', 'llama3.2:1b'],
    ['deepinfra/meta-llama/Llama-3', 'deepinfra', 'meta-llama/Llama-3'],
    ['openai/gpt-4o', 'openai', 'gpt-4o'],
  ])('places %s', (name, provider, model) => {
    expect(providerOfModel(name)).toEqual({ provider, model })
  })

  it.each(['', 'llama3', 'GPT-4', 'mistral-large', '/gpt', 'ollama/'])(
    'knows nothing of %j',
    (name) => {
      expect(providerOfModel(name)).toBeUndefined()
    },
  )
})
