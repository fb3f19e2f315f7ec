import { describe, expect, it } from 'vitest'
import { explainFailure } from './explain-failure.ts'
import { badField } from './refusal.ts'

const failed = new Error('Failed to load model')

describe('explainFailure', () => {
  it('names an architecture that the engine does not know', () => {
    const said = ["llama_model_load: error loading model: unknown model architecture: 'nosuch'"]
    expect(explainFailure(failed, said, 'a/b:Q4').refusal).toMatchObject({
      status: 422,
      code: 'gguf_metadata_error-unsupported_architecture',
      message: expect.stringContaining('nosuch'),
    })
  })

  it('knows a file that is cut, from either reader', () => {
    const said = ["tensor 'x' data is not within the file bounds, model is corrupted or incomplete"]
    const code = 'gguf_metadata_error-unexpected_eof'
    expect(explainFailure(failed, said, 'm').refusal.code).toBe(code)
    expect(explainFailure(new RangeError('out of range'), [], 'm').refusal.code).toBe(code)
  })

  it('hands on what the engine said where it knows no better', () => {
    expect(explainFailure(failed, ['one', 'two', 'three'], 'm').refusal).toEqual({
      status: 500,
      code: 'server_error-startup_error',
      message: 'm cannot be loaded: Failed to load model (two; three)',
    })
  })

  it('leaves a refusal as it is', () => {
    const refused = badField('n_ctx', 'too large')
    expect(explainFailure(refused, [], 'm')).toBe(refused)
  })
})
