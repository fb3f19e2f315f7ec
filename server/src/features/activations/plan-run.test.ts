import { describe, expect, it, test } from 'vitest'
import { planRun, type RunRequest } from './plan-run.ts'

const request: RunRequest = {
  prompt: 'Hello',
  modelId: null,
  maxTokens: null,
  temperature: null,
  topP: null,
  topK: null,
  collectsActivations: null,
  isSaeInline: null,
  saeId: null,
  saeLayer: null,
  saeTopK: null,
  saeLocalPath: null,
  requestId: null,
}

const plan = (fields: Partial<RunRequest> = {}) => planRun({ ...request, ...fields }, () => 'ax-1')

describe('planning a run', () => {
  it('fills in every default and asks the service in its own words', () => {
    expect(plan({ prompt: '  Hello\n' })).toEqual({
      requestId: 'ax-1',
      prompt: 'Hello',
      promptChars: 5,
      modelId: 'meta-llama/Llama-3.1-8B-Instruct',
      saeEnabled: true,
      saeId: 'llama_scope_lxr_8x',
      saeLayer: 16,
      saeTopK: 20,
      question: {
        prompt: 'Hello',
        max_tokens: 128,
        temperature: 0.7,
        top_p: 0.9,
        top_k: 1,
        inline_sae: true,
        sae_id: 'llama_scope_lxr_8x',
        sae_layer: 16,
        sae_top_k: 20,
      },
    })
  })

  it('collects features only when both switches are on, and hands a path on', () => {
    expect(plan({ collectsActivations: false }).question['inline_sae']).toBe(false)
    expect(plan({ isSaeInline: false }).saeEnabled).toBe(false)
    expect(plan({ saeLocalPath: '/sae' }).question['sae_local_path']).toBe('/sae')
  })

  it('counts characters and not their halves', () => {
    expect(plan({ prompt: '🦉'.repeat(12_000) }).promptChars).toBe(12_000)
    expect(() => plan({ prompt: '🦉'.repeat(12_001) })).toThrow('prompt must not be longer')
  })

  test.each<[Partial<RunRequest>, string]>([
    [{ prompt: ' \n', maxTokens: 0 }, 'prompt must not be empty'],
    [{ prompt: 'x'.repeat(12_001) }, 'prompt must not be longer than 12000 characters'],
    [{ prompt: 'x'.repeat(1_000_000) }, 'prompt must not be longer than 12000 characters'],
    [{ maxTokens: 0, topK: 0 }, 'max_tokens must be between 1 and 2048'],
    [{ maxTokens: 2049 }, 'max_tokens must be between 1 and 2048'],
    [{ topK: 201, topP: 2 }, 'top_k must be between 1 and 200'],
    [{ topP: 1.1, temperature: 3 }, 'top_p must be between 0 and 1'],
    [{ temperature: -0.1 }, 'temperature must be between 0 and 2'],
    [{ requestId: '' }, 'the length of request_id must be between 1 and 255'],
    [{ modelId: 'm'.repeat(256) }, 'the length of model_id must be between 1 and 255'],
    [{ saeId: '' }, 'the length of sae_id must be between 1 and 255'],
  ])('refuses the first bound that is broken: %#', (fields, message) => {
    expect(() => plan(fields)).toThrow(expect.objectContaining({ code: 'invalid', message }))
  })
})
