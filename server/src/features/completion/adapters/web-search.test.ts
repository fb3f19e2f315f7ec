import { describe, expect, it } from 'vitest'
import { builtBody, builtWith, hello } from '../../../../test/support/built-body.ts'
import { checkGrammar } from '../../../../test/support/check-grammar.ts'
import { playEvents, playRecorded, recordedEvents } from '../../../../test/support/recorded.ts'
import { foldParts, foldPart, startFold } from '../fold-parts.ts'
import type { CompletionRequest, Message } from '../request.ts'
import { adapterOf } from './index.ts'

const webSearch = true
const tool = { name: 'weather', parameters: { type: 'object' } }
const bySchema = { type: 'json-schema', name: 's', schema: { type: 'object' } } as const

function openAi(request: Partial<CompletionRequest>, mode: 'whole' | 'stream' = 'whole') {
  const whole = { model: 'gpt-4.1', messages: [hello], options: { webSearch }, ...request }
  const address = { baseUrl: 'http://h/v1', apiKey: 'key' }
  const { warnings, ...built } = adapterOf('openai').buildRequest(whole, address, mode)
  return { ...built, warned: warnings.map(({ option }) => option) }
}

describe('a search of the web', () => {
  it("is asked of OpenAI's usual models in its other dialect", () => {
    const { url, headers, body, warned } = openAi({ options: { webSearch, maxTokens: 9 } })
    expect(url).toBe('http://h/v1/responses')
    expect(headers['authorization']).toBe('Bearer key')
    expect(body).toEqual({
      model: 'gpt-4.1',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      max_output_tokens: 9,
      tools: [{ type: 'web_search' }],
      store: false,
    })
    expect(warned).toEqual([])
    expect(openAi({}, 'stream').body).toMatchObject({ stream: true })
    expect(openAi({ options: {} }).url).toBe('http://h/v1/chat/completions')
  })

  it('is done anyway by the models of OpenAI that are made for it', () => {
    const { url, body } = openAi({ model: 'gpt-5-search-api' })
    expect(url).toBe('http://h/v1/chat/completions')
    expect(body).toMatchObject({ web_search_options: {} })
  })

  it('goes with the whole conversation', () => {
    const call = { type: 'tool-call', id: 'c1', name: 'weather', argumentsText: '{}' } as const
    const pdf = { type: 'document', mediaType: 'application/pdf', base64: 'QQ==' } as const
    const image = { kind: 'bytes', mediaType: 'image/png', base64: 'QQ==' } as const
    const messages: Message[] = [
      { role: 'system', content: [{ type: 'text', text: 'Be short.' }] },
      { role: 'user', content: [pdf, { type: 'image', image, detail: 'low' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Looking.' }, call] },
      { role: 'tool', content: [{ type: 'tool-result', id: 'c1', text: 'rain', isError: true }] },
    ]
    const { body, warned } = openAi({
      messages,
      tools: [{ ...tool, description: 'd', isStrict: true }],
      options: {
        webSearch,
        toolChoice: { name: 'weather' },
        parallelToolCalls: false,
        responseFormat: { ...bySchema, isStrict: true },
        user: 'u',
        temperature: 0.5,
        topP: 0.9,
      },
    })
    expect(body).toEqual({
      model: 'gpt-4.1',
      instructions: 'Be short.',
      input: [
        {
          role: 'user',
          content: [
            {
              type: 'input_file',
              filename: 'document',
              file_data: 'data:application/pdf;base64,QQ==',
            },
            { type: 'input_image', image_url: 'data:image/png;base64,QQ==', detail: 'low' },
          ],
        },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Looking.' }] },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      ],
      temperature: 0.5,
      top_p: 0.9,
      tools: [
        { type: 'web_search' },
        {
          type: 'function',
          name: 'weather',
          description: 'd',
          parameters: { type: 'object' },
          strict: true,
        },
      ],
      tool_choice: { type: 'function', name: 'weather' },
      parallel_tool_calls: false,
      text: {
        format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true },
      },
      user: 'u',
      store: false,
    })
    expect(warned).toEqual(['messages'])
  })

  it('leaves out what that dialect has no word for, and says so', () => {
    const unknown = { stop: ['x'], seed: 1, topK: 2, frequencyPenalty: 1, minP: 0.1 }
    const { body, warned } = openAi({
      options: { webSearch, ...unknown, presencePenalty: 0, responseFormat: { type: 'json' } },
    })
    expect(Object.keys(body)).toEqual(['model', 'input', 'tools', 'store'])
    expect(warned).toEqual(['minP', 'stop', 'topK', 'seed', 'frequencyPenalty', 'responseFormat'])
    const thinking = openAi({
      model: 'gpt-5',
      options: { webSearch, temperature: 0.2, reasoning: { effort: 'low' }, toolChoice: 'auto' },
    })
    expect(thinking.body).toMatchObject({ reasoning: { effort: 'low' } })
    expect(thinking.body).not.toHaveProperty('temperature')
    expect(thinking.warned).toEqual(['temperature', 'toolChoice'])
    expect(
      openAi({ tools: [tool], options: { webSearch, toolChoice: 'none' } }).body,
    ).toMatchObject({ tool_choice: 'none' })
  })

  it('is a tool among the others of Anthropic, and has an end', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 }
    expect(builtWith('anthropic', { webSearch }).body['tools']).toEqual([search])
    const { body } = builtBody('anthropic', { tools: [tool], options: { webSearch } })
    expect(body['tools']).toEqual([{ name: 'weather', input_schema: { type: 'object' } }, search])
    expect(builtWith('anthropic', { webSearch: false }).body).not.toHaveProperty('tools')
  })

  it('is asked of Google, where older models do nothing beside it', () => {
    const search = { googleSearch: {} }
    const older = 'gemini-2.5-flash'
    expect(builtWith('google', { webSearch }, older).body['tools']).toEqual([search])
    const formed = builtWith('google', { webSearch, responseFormat: bySchema })
    expect(formed.body['tools']).toEqual([search])
    const refused = builtWith('google', { webSearch, responseFormat: bySchema }, older)
    expect(refused.body).not.toHaveProperty('tools')
    expect(refused.warned).toEqual(['webSearch'])
    const { body } = builtBody('google', { tools: [tool], options: { webSearch } })
    expect(body['tools']).toEqual([{ functionDeclarations: [expect.anything()] }, search])
  })

  it.each(['openai-compatible', 'ollama', 'local'] as const)('is left out of %s', (kind) => {
    const { body, warned } = builtWith(kind, { webSearch })
    expect(JSON.stringify(body)).not.toMatch(/search/u)
    expect(warned).toEqual(['webSearch'])
  })
})

describe('the answer after a search', () => {
  const recordings = [
    ['openai', 'responses-search'],
    ['anthropic', 'anthropic-search'],
    ['google', 'google-search'],
  ] as const
  const both = recordings.flatMap(([kind, name]) =>
    ['.json', '.stream.txt'].map((mode) => [kind, name + mode] as const),
  )

  it.each(both)('of %s is its text, with the usage: %s', (kind, name) => {
    const parts = playRecorded(adapterOf(kind), name)
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts)).toMatchObject({ text: 'Grüße!', toolCalls: [], finishReason: 'stop' })
    expect(parts.reduce(foldPart, startFold()).usage).toMatchObject({
      inputTokens: 10,
      outputTokens: 2,
      cacheReadTokens: 4,
      reasoningTokens: 1,
    })
  })

  it.each(['.json', '.stream.txt'])('of OpenAI holds thinking and calls, too: %s', (mode) => {
    const parts = playRecorded(adapterOf('openai'), `responses-tools${mode}`)
    expect(checkGrammar(parts)).toBeNull()
    expect(foldParts(parts)).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_a', name: 'weather', argumentsText: '{"city":"Oslo"}' },
        { id: 'call_b', name: 'clock', argumentsText: '{}' },
      ],
    })
    const searched = playRecorded(adapterOf('openai'), `responses-search${mode}`)
    expect(foldParts(searched)).toMatchObject({
      reasoning: 'Look it up.',
      model: 'gpt-4o-mini-2024-07-18',
      rawFinishReason: 'completed',
    })
  })

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['max_tool_calls', 'other'],
  ])('of OpenAI may be cut short by %s', (reason, finishReason) => {
    const output = [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }]
    const reply = { status: 'incomplete', incomplete_details: { reason }, output }
    const parts = adapterOf('openai').readReply(JSON.stringify(reply))
    const expected = { text: 'No.', finishReason, rawFinishReason: reason }
    expect(foldParts(parts)).toMatchObject(expected)
  })

  it('of OpenAI may fail, and may break off', () => {
    const adapter = adapterOf('openai')
    const failed = playRecorded(adapter, 'responses-error-midstream.txt')
    expect(failed.at(-1)).toMatchObject({
      failure: { kind: 'unusable', reason: expect.stringContaining('produced invalid content') },
    })
    const events = recordedEvents(adapter, 'responses-search.stream.txt')
    const parts = playEvents(adapter, events.slice(0, -1))
    expect(parts.at(-1)).toMatchObject({
      failure: { reason: expect.stringContaining('broke off') },
    })
  })
})
