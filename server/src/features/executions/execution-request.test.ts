import { describe, expect, it } from 'vitest'
import { readExecutionOptions } from './execution-options.ts'
import { toRequest, type Wanted } from './execution-request.ts'
import { profileOf } from './provider-profile.ts'

const plain = profileOf({ isAlias: false, name: 'lab', kind: 'openai-compatible' })
const openai = profileOf({ isAlias: false, name: 'openai', kind: 'openai' })

function wanted(given: Partial<Wanted> & { readonly json?: string }): Wanted {
  const options = readExecutionOptions(given.json ?? null)
  return { prompt: 'Say it', userInput: '', options, files: [], ...given }
}

const said = (given: Partial<Wanted>) =>
  toRequest(wanted(given), plain).messages.map(({ role, content }) => {
    const [part] = content
    return `${role}: ${part?.type === 'text' ? part.text : ''}`
  })

describe('the request of an execution', () => {
  it('has the prompt as instructions beside the input, or alone as the question', () => {
    expect(said({ userInput: 'Now' })).toEqual(['system: Say it', 'user: Now'])
    expect(said({})).toEqual(['user: Say it'])
    expect(said({ prompt: '', userInput: 'Now' })).toEqual(['user: Now'])
  })

  it('has several messages as they are, and is always asked by somebody', () => {
    const prompt = [
      { role: 'system', content: 'Be short' },
      { role: 'assistant', content: 'Yes?' },
    ] as const
    expect(said({ prompt, userInput: 'Go' })).toEqual([
      'system: Be short',
      'assistant: Yes?',
      'user: Go',
    ])
    expect(said({ prompt })).toEqual(['system: Be short', 'user: Yes?'])
  })

  it('shows files behind the last words of the user', () => {
    const files = [{ name: 'a.pdf', mimeType: 'application/pdf', dataBase64: 'AA==' }]
    const { messages } = toRequest(wanted({ userInput: 'Read', files }), plain)
    expect(messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'Read' },
      { type: 'document', mediaType: 'application/pdf', base64: 'AA==', name: 'a.pdf' },
    ])
  })

  it.each([
    ['openai', 'openai', {}, { maxTokens: 4096 }],
    ['anthropic', 'anthropic', {}, { temperature: 0.9, maxTokens: 4096 }],
    ['anthropic', 'anthropic', { topP: 0.5 }, { topP: 0.5, maxTokens: 4096 }],
    ['google', 'google', {}, { temperature: 0.7, topP: 0.9, topK: 40, maxTokens: 4096 }],
    ['deepseek', 'openai-compatible', {}, { temperature: 0.7, topP: 0.9, maxTokens: 4096 }],
    ['ollama', 'ollama', { topK: 3 }, { temperature: 0.7, topP: 0.9, topK: 3 }],
    ['lab', 'openai-compatible', { temperature: 0 }, { temperature: 0 }],
    ['local', 'local', {}, {}],
  ] as const)('asks %s (%s) with %j as %j', (name, kind, given, expected) => {
    const profile = profileOf({ isAlias: false, name, kind })
    expect(toRequest(wanted({ json: JSON.stringify(given) }), profile).options).toEqual(expected)
  })

  it('closes objects and requires every property where the schema is strict, and drops words that are refused', () => {
    const schema = {
      type: 'object',
      title: 'No',
      properties: {
        required: { type: 'string', default: 'a' },
        list: { type: 'array', items: { type: 'object', properties: { a: { enum: [1] } } } },
      },
      required: [],
      additionalProperties: false,
    }
    const json = JSON.stringify({ schema })
    expect(toRequest(wanted({ json }), openai).options.responseFormat).toEqual({
      type: 'json-schema',
      name: 'schema-name',
      isStrict: true,
      schema: {
        type: 'object',
        properties: {
          required: { type: 'string' },
          list: {
            type: 'array',
            items: {
              type: 'object',
              properties: { a: { enum: [1] } },
              required: ['a'],
              additionalProperties: false,
            },
          },
        },
        additionalProperties: false,
        required: ['required', 'list'],
      },
    })
    expect(toRequest(wanted({ json }), plain).options.responseFormat).toMatchObject({ schema })
  })
})
