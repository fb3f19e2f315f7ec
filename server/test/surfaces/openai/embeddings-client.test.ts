/** What the clients of both dialects make of vectors, whoever gave them. */
import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeVector } from '../../support/fake-provider/embeddings.ts'
import { openStage, type Stage } from './stage.ts'

const models = {
  openai: 'openai/text-embedding-3-small',
  google: 'google/gemini-embedding-001',
  ollama: 'ollama/nomic-embed-text',
} as const
const kinds = ['openai', 'google', 'ollama'] as const

describe('Vectors', () => {
  let stage: Stage
  let openai: OpenAI
  let ollama: Ollama
  beforeAll(async () => {
    stage = await openStage('sqlite')
    openai = new OpenAI({ apiKey: 'sk-any', baseURL: `${stage.app.url}/v1`, maxRetries: 0 })
    ollama = new Ollama({ host: stage.app.url })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  describe.each(kinds)('of %s', (kind) => {
    const model = models[kind]

    test.each([
      ['in base64 unless told otherwise', {}],
      ['as numbers', { encoding_format: 'float' }],
    ] as const)("are read by OpenAI's client %s", async (_, format) => {
      const input = ['Hi', 'you', 'there']
      const asked = { model, input, dimensions: 600, ...format }
      const { data, ...reply } = await openai.embeddings.create(asked)
      expect(reply).toEqual({
        object: 'list',
        model,
        usage: { prompt_tokens: 10, total_tokens: 10 },
      })
      expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
      const vectors = data.map(({ embedding }) => embedding)
      expect(vectors).toEqual([0, 1, 2].map((at) => fakeVector(at, 600)))
    })

    test("are read by Ollama's client", async () => {
      const { embeddings, ...reply } = await ollama.embed({ model, input: ['Hi', 'you'] })
      expect(reply).toMatchObject({ model, prompt_eval_count: 10 })
      expect(embeddings).toEqual([fakeVector(0), fakeVector(1)])
      const { embedding } = await ollama.embeddings({ model, prompt: 'Hi' })
      expect(embedding).toEqual(fakeVector(0))
    })
  })

  test('in base64 are asked of a provider of the dialect as the client asks', async () => {
    await openai.embeddings.create({ model: models.openai, input: 'Hi' })
    expect(stage.fakes.openai.requests.at(-1)?.body).toEqual({
      model: 'text-embedding-3-small',
      input: 'Hi',
      encoding_format: 'base64',
    })
  })

  test('of a server that only writes numbers are still read', async () => {
    const data = [0, 1].map((index) => {
      return { object: 'embedding', index, embedding: fakeVector(index) }
    })
    const body = JSON.stringify({ object: 'list', data, model: 'tiny' })
    stage.fakes.lab.next({ type: 'raw', body })
    const reply = await openai.embeddings.create({ model: 'lab/tiny', input: ['Hi', 'you'] })
    expect(reply.data.map(({ embedding }) => embedding)).toEqual([fakeVector(0), fakeVector(1)])
  })

  test('that nobody has are refused in errors that each client knows', async () => {
    const model = 'anthropic/claude-haiku-4-5-20251001'
    await expect(openai.embeddings.create({ model, input: 'Hi' })).rejects.toMatchObject({
      status: 400,
      param: 'model',
      code: 'unsupported_parameter',
    })
    await expect(ollama.embed({ model, input: 'Hi' })).rejects.toMatchObject({
      status_code: 400,
      error: 'Anthropic has no models for embeddings',
    })
  })

  test('by the thousand arrive whole', async () => {
    const input = Array.from({ length: 2048 }, (_, at) => `text ${at}`)
    const reply = await openai.embeddings.create({ model: models.openai, input, dimensions: 512 })
    expect(reply.data).toHaveLength(2048)
    expect(reply.data[2047]?.embedding).toEqual(fakeVector(2047, 512))
  })
})
