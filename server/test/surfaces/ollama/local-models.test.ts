import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send, sendJson } from '../../support/http-request.ts'
import { greeter, localName } from '../../support/local-models.ts'
import { openLocalGateway, type LocalGateway } from '../gateway/local-stage.ts'

const name = localName('greeter')
const details = {
  parent_model: '',
  format: 'gguf',
  family: 'llama',
  families: ['llama'],
  quantization_level: 'F32',
  parameter_size: expect.stringMatching(/^\d+\.\dK$/),
}

describe('A model that runs here, in the words of an Ollama', () => {
  let stage: LocalGateway
  const jsonAt = async (path: string, body?: object): Promise<unknown> => {
    const reply = body
      ? await sendJson(stage.app.url, { path, value: body })
      : await send(stage.app.url, { path })
    expect(reply.status).toBe(200)
    return JSON.parse(reply.text)
  }

  beforeAll(async () => {
    stage = await openLocalGateway({ greeter })
    await stage.fileAlias('small', 'greeter', {
      requestParams: { temperature: 0.5 },
      contextParams: { n_ctx: 64 },
    })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  it('is listed with its size and what its file says, by each of its names', async () => {
    const { models } = (await jsonAt('/api/tags')) as { models: { name: string }[] }
    const own = models.filter((model) => [name, 'small'].includes(model.name))
    expect(own).toHaveLength(2)
    for (const model of own) {
      expect(model).toMatchObject({ model: model.name, size: expect.any(Number), details })
      expect(model).not.toMatchObject({ size: 0 })
    }
  })

  it('is shown with its template, its settings and what it can do', async () => {
    expect(await jsonAt('/api/show', { model: 'small' })).toEqual({
      license: '',
      modelfile: '',
      modified_at: expect.any(String),
      parameters: 'contextSize: 64\ntemperature: 0.5\n',
      template: expect.stringContaining('messages'),
      details,
      model_info: {
        'general.architecture': 'llama',
        'general.parameter_count': expect.any(Number),
        'llama.context_length': expect.any(Number),
      },
      capabilities: ['completion', 'tools'],
    })
    expect(await jsonAt('/api/show', { model: name })).toMatchObject({ parameters: '', details })
  })
})
