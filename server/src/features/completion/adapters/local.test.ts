import { describe, expect, it } from 'vitest'
import type { CompletionRequest, Message } from '../request.ts'
import { adapterOf } from './index.ts'

const hi: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

function build(given: Partial<CompletionRequest>) {
  const request = { model: 'user/tiny:Q4_0', messages: [hi], options: {}, ...given }
  const address = { baseUrl: 'http://elsewhere', apiKey: 'k' }
  const { warnings, ...built } = adapterOf('local').buildRequest(request, address, 'whole')
  const lost = warnings.filter(({ isHarmless }) => !isHarmless).map(({ option }) => option)
  return { ...built, lost }
}

describe('a request to the local engine', () => {
  it('names a path of the engine and carries no key', () => {
    expect(build({})).toEqual({
      url: '/chat/completions',
      headers: { 'content-type': 'application/json' },
      body: { model: 'user/tiny:Q4_0', messages: [{ role: 'user', content: 'Hi' }] },
      lost: [],
    })
  })

  it('says all that the engine can be told, whatever its file is called', () => {
    const options = {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      minP: 0.05,
      repeatPenalty: 1.1,
      maxTokens: 7,
      stop: ['a', 'b', 'c', 'd', 'e'],
      seed: 1,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      logprobs: { top: 3 },
      reasoning: { effort: 'low' },
    } as const
    const said = {
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      repeat_penalty: 1.1,
      max_tokens: 7,
      stop: ['a', 'b', 'c', 'd', 'e'],
      seed: 1,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: 'low',
    }
    // Names by which OpenAI's own models would be known.
    for (const model of ['user/tiny:Q4_0', 'o3/model:Q8_0', 'gpt-5', 'gpt-4o']) {
      const { body, lost } = build({ model, options })
      expect(body).toEqual({ model, messages: [{ role: 'user', content: 'Hi' }], ...said })
      expect(lost).toEqual([])
    }
  })

  it('holds tools, a schema, and calls with the thinking that led to them', () => {
    const parameters = { type: 'object' }
    const call = { id: 'call_0', name: 'f', argumentsText: '{}' }
    const messages: Message[] = [
      hi,
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm' },
          { type: 'tool-call', ...call },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: 'call_0', text: 'Done' }] },
    ]
    const schema = { type: 'object', properties: {} }
    const { body, lost } = build({
      messages,
      tools: [{ name: 'f', parameters }],
      options: {
        toolChoice: { name: 'f' },
        responseFormat: { type: 'json-schema', name: 's', schema, isStrict: true },
      },
    })
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: { type: 'json_schema', json_schema: { name: 's', schema, strict: true } },
      messages: [
        { role: 'user' },
        { role: 'assistant', reasoning_content: 'Hm', tool_calls: [{ id: 'call_0' }] },
        { role: 'tool', tool_call_id: 'call_0', content: 'Done' },
      ],
    })
    expect(lost).toEqual([])
  })

  it('cannot hold images', () => {
    const image = { type: 'image', image: { kind: 'url', url: 'http://h/x.png' } } as const
    const { body, lost } = build({ messages: [{ role: 'user', content: [...hi.content, image] }] })
    expect(lost).toEqual(['messages'])
    expect(JSON.stringify(body)).not.toContain('x.png')
    expect(adapterOf('local').describe()).toMatchObject({ hasImages: false, hasTools: true })
  })
})
