import { describe, expect, it, test } from 'vitest'
import {
  created,
  hello,
  id,
  plan,
  post,
  timings,
  usage,
} from '../../../test/support/engine/fake-replies.ts'
import type { FakeAnswer } from '../../../test/support/engine/fake-scripts.ts'

const prompt = (script: FakeAnswer) => JSON.stringify(script)

describe('a text', () => {
  it('goes on in one piece', async () => {
    const { body } = await post('/completions', { model: 'm', prompt: prompt(hello) })
    expect(body).toEqual({
      id: `cmpl-${id}`,
      object: 'text_completion',
      created,
      model: 'm',
      choices: [{ text: 'Hello you', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage,
      timings,
    })
  })

  it('goes on as a stream', async () => {
    const script = { ...hello, tokens: ['<think>Hello'] }
    const { body } = await post('/completions', {
      model: 'm',
      prompt: prompt(script),
      stream: true,
    })
    const head = { id: `cmpl-${id}`, object: 'text_completion', created, model: 'm' }
    const piece = { index: 0, logprobs: null }
    expect(body).toMatchObject([
      { ...head, choices: [{ ...piece, text: '<think>Hello', finish_reason: null }] },
      { ...head, choices: [{ ...piece, text: '', finish_reason: 'stop' }], usage: {}, timings: {} },
    ])
  })

  it('tells its tokens in the older form, offsets going on from the prompt', async () => {
    const text = prompt({ tokens: ['é', 'b'] })
    const { body } = await post('/completions', { prompt: text, logprobs: 1 })
    expect(body.choices[0].logprobs).toEqual({
      tokens: ['é', 'b'],
      token_logprobs: [-0.5, -0.5],
      top_logprobs: [{ é: -0.5 }, { b: -0.5 }],
      text_offset: [text.length, text.length + 1],
    })
  })

  it('answers several prompts, each as often as asked, and counts each once', async () => {
    const asked = [prompt(hello), prompt({ tokens: ['B'] })]
    const { body } = await post('/completions', { prompt: asked, n: 2 })
    expect(
      body.choices.map((one: { index: number; text: string }) => [one.index, one.text]),
    ).toEqual([
      [0, 'Hello you'],
      [1, 'Hello you'],
      [2, 'B'],
      [3, 'B'],
    ])
    expect(body.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 8 })
  })

  it('is named by the plan where the body names no model', async () => {
    const { body } = await post('/completions', { prompt: [1, 2] })
    expect(body.model).toBe(plan.name)
    expect(body.choices[0].text).toBe('1 2')
  })
})

describe('embeddings and counts', () => {
  it('lists vectors as numbers and as bytes', async () => {
    const { body } = await post('/embeddings', { model: 'm', input: ['a', 'b'] })
    expect(body).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0, 0.5] },
        { object: 'embedding', index: 1, embedding: [1, 0.5] },
      ],
      model: 'm',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    const asked = { input: [[1, 2], [3]], encoding_format: 'base64', dimensions: 2 }
    const { body: packed } = await post('/embeddings', asked)
    const bytes = Buffer.from(packed.data[1].embedding, 'base64')
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([1, 0.5, 8])
  })

  it('refuses vectors of another length', async () => {
    const { reply, body } = await post('/embeddings', { input: 'a', dimensions: 3 })
    expect(reply.status).toBe(400)
    expect(body.error).toMatchObject({ param: 'dimensions', message: /have 2/u })
  })

  test.each([
    { messages: [{ role: 'user', content: 'a b c' }] },
    { prompt: 'a b c' },
    { input: [1, 2, 3] },
  ])('counts %j', async (body) => {
    expect((await post('/tokenize', body)).body).toEqual({ count: 3 })
  })
})
