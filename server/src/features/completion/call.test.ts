import { describe, expect, it } from 'vitest'
import { connectionTo, sampleCall } from '../../../test/support/completion-context.ts'
import { prepareCall } from './call.ts'

const connection = connectionTo('openai', 'http://models.test/v1')
const request = { model: 'gpt-4o', messages: [], options: {} }

describe('prepareCall', () => {
  it('holds the exact body, the prompt in OpenAI’s form, and the key in the headers alone', () => {
    const call = sampleCall(connection, { model: 'gpt-4o', mode: 'stream' })
    expect(JSON.parse(call.bodyText)).toMatchObject({
      model: 'gpt-4o',
      temperature: 0.5,
      stream: true,
    })
    expect(call.promptText).toBe('[{"role":"user","content":"Say hello"}]')
    expect(JSON.stringify(call.headers)).toContain(connection.apiKey)
    expect(call.bodyText + call.url + call.promptText).not.toContain(connection.apiKey)
  })

  it('counts the servers that a request has passed and stops it in a circle', () => {
    const options = { mode: 'whole', book: 'market' } as const
    expect(prepareCall(connection, request, options).headers['x-pharos-hops']).toBe('1')
    const passed = prepareCall(connection, request, { ...options, hops: 2 })
    expect(passed.headers['x-pharos-hops']).toBe('3')
    expect(() => prepareCall(connection, request, { ...options, hops: 3 })).toThrow('in a circle')
  })

  it.each(['a\nb', 'ключ', 'a\0'])('refuses the key %j without repeating it', (apiKey) => {
    const unfit = { ...connection, apiKey }
    const prepare = () => prepareCall(unfit, request, { mode: 'whole', book: 'beacon' })
    expect(prepare).toThrow('The OpenAI API key holds characters that no key has')
    expect(prepare).not.toThrow(apiKey)
  })
})
