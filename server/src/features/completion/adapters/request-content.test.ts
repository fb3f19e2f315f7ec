import { describe, expect, it } from 'vitest'
import { builtBody, builtWith, hello, type Kind } from '../../../../test/support/built-body.ts'
import type { ContentPart, Message } from '../request.ts'

describe('a conversation with tools', () => {
  const call = {
    type: 'tool-call',
    id: 'c1',
    name: 'weather',
    argumentsText: '{"city": "Oslo"}',
  } as const
  const other = { ...call, id: 'c2', name: 'clock', argumentsText: '' }
  const messages: Message[] = [
    hello,
    { role: 'assistant', content: [{ type: 'text', text: 'Looking.' }, call, other] },
    { role: 'tool', content: [{ type: 'tool-result', id: 'c1', text: '{"c":3}' }] },
    { role: 'tool', content: [{ type: 'tool-result', id: 'c2', text: 'broken', isError: true }] },
    hello,
  ]

  it('goes to OpenAI with a message for each result', () => {
    const { body, warned } = builtBody('openai', { messages })
    expect(body['messages']).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city": "Oslo"}' },
          },
          { id: 'c2', type: 'function', function: { name: 'clock', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '{"c":3}' },
      { role: 'tool', tool_call_id: 'c2', content: 'broken' },
      { role: 'user', content: 'Hi' },
    ])
    expect(warned).toEqual(['messages'])
  })

  it('goes to Anthropic with all results in the next message', () => {
    const { body, warned } = builtBody('anthropic', { messages })
    expect(body['messages']).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Looking.' },
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'c2', name: 'clock', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: '{"c":3}' },
          { type: 'tool_result', tool_use_id: 'c2', content: 'broken', is_error: true },
        ],
      },
      { role: 'user', content: 'Hi' },
    ])
    expect(warned).toEqual([])
  })

  it('goes to Google with the names of the tools, and signed', () => {
    const { body, warned } = builtBody('google', { messages })
    const weather = { id: 'c1', name: 'weather', args: { city: 'Oslo' } }
    expect(body['contents']).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      {
        role: 'model',
        parts: [
          { text: 'Looking.' },
          { functionCall: weather, thoughtSignature: 'skip_thought_signature_validator' },
          { functionCall: { id: 'c2', name: 'clock', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'weather', response: { output: '{"c":3}' } } },
          { functionResponse: { id: 'c2', name: 'clock', response: { error: 'broken' } } },
        ],
      },
      { role: 'user', parts: [{ text: 'Hi' }] },
    ])
    expect(warned).toEqual([])
    const older = builtBody('google', { messages, model: 'gemini-2.5-flash' })
    expect(JSON.stringify(older.body)).not.toContain('thoughtSignature')
  })

  it('goes back to Google with the signature it came with', () => {
    const content: ContentPart[] = [{ ...call, signature: 'own' }, other]
    const { body } = builtBody('google', { messages: [{ role: 'assistant', content }] })
    expect(JSON.stringify(body)).toContain('"thoughtSignature":"own"')
    expect(JSON.stringify(body)).not.toContain('skip_thought')
    const compatible = builtBody('openai-compatible', {
      messages: [{ role: 'assistant', content }],
    })
    expect(compatible.body['messages']).toMatchObject([
      { tool_calls: [{ extra_content: { google: { thought_signature: 'own' } } }, {}] },
    ])
    const openai = builtBody('openai', { messages: [{ role: 'assistant', content }] })
    expect(JSON.stringify(openai.body)).not.toContain('own')
  })

  it('goes to Ollama with arguments as objects', () => {
    const { body, warned } = builtBody('ollama', { messages })
    expect(body['messages']).toEqual([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [
          { id: 'c1', function: { name: 'weather', arguments: { city: 'Oslo' } } },
          { id: 'c2', function: { name: 'clock', arguments: {} } },
        ],
      },
      { role: 'tool', content: '{"c":3}', tool_name: 'weather', tool_call_id: 'c1' },
      { role: 'tool', content: 'broken', tool_name: 'clock', tool_call_id: 'c2' },
      { role: 'user', content: 'Hi' },
    ])
    expect(warned).toEqual(['messages'])
  })

  it.each(['anthropic', 'google', 'ollama'] as const)(
    'keeps arguments that are no object, and says so: %s',
    (kind) => {
      const broken = { ...call, argumentsText: '{"city": "Os' }
      const { body, warned } = builtBody(kind, {
        messages: [{ role: 'assistant', content: [broken] }],
      })
      expect(JSON.stringify(body)).toContain(String.raw`{"arguments":"{\"city\": \"Os"}`)
      expect(warned).toEqual(['messages'])
    },
  )

  it('leaves out what a role cannot hold, and says so', () => {
    const odd: Message[] = [{ role: 'system', content: [call] }, hello]
    const { body, warned } = builtBody('openai', { messages: odd })
    expect(body['messages']).toEqual([{ role: 'user', content: 'Hi' }])
    expect(warned).toEqual(['messages'])
  })
})

describe('tools', () => {
  const parameters = { type: 'object', properties: {} }
  const tools = [{ name: 'weather', parameters, isStrict: true }]
  const choices = ['auto', 'none', 'required', { name: 'weather' }] as const

  const chosen = (kind: Kind, toolChoice: (typeof choices)[number]) =>
    builtBody(kind, { tools, options: { toolChoice } })

  it('are declared in each dialect', () => {
    expect(builtBody('openai', { tools }).body['tools']).toEqual([
      { type: 'function', function: { name: 'weather', parameters, strict: true } },
    ])
    expect(builtBody('anthropic', { tools }).body['tools']).toEqual([
      { name: 'weather', input_schema: parameters, strict: true },
    ])
    expect(builtBody('google', { tools }).body['tools']).toEqual([
      {
        functionDeclarations: [
          { name: 'weather', description: '', parametersJsonSchema: parameters },
        ],
      },
    ])
    expect(builtBody('ollama', { tools }).body['tools']).toEqual([
      { type: 'function', function: { name: 'weather', parameters } },
    ])
    expect(builtBody('google', { tools }).warned).toEqual(['tools'])
    expect(builtBody('ollama', { tools }).warned).toEqual(['tools'])
    const old = builtBody('anthropic', { tools, model: 'claude-3-5-haiku-20241022' })
    expect(old.warned).toEqual(['tools'])
  })

  it('are chosen in the words of each dialect', () => {
    expect(choices.map((choice) => chosen('openai', choice).body['tool_choice'])).toEqual([
      'auto',
      'none',
      'required',
      { type: 'function', function: { name: 'weather' } },
    ])
    expect(choices.map((choice) => chosen('anthropic', choice).body['tool_choice'])).toEqual([
      { type: 'auto' },
      { type: 'none' },
      { type: 'any' },
      { type: 'tool', name: 'weather' },
    ])
    expect(choices.map((choice) => chosen('google', choice).body['toolConfig'])).toEqual([
      { functionCallingConfig: { mode: 'AUTO' } },
      { functionCallingConfig: { mode: 'NONE' } },
      { functionCallingConfig: { mode: 'ANY' } },
      { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
    ])
  })

  it('cannot be forced on Ollama, but can be kept from it', () => {
    expect(chosen('ollama', 'required').warned).toEqual(['toolChoice', 'tools'])
    const { body, warned } = chosen('ollama', 'none')
    expect(body).not.toHaveProperty('tools')
    expect(warned).toEqual([])
  })

  it.each(['openai', 'anthropic', 'google'] as const)('must be there to be chosen: %s', (kind) => {
    const { body, warned } = builtWith(kind, { toolChoice: 'required' })
    expect(JSON.stringify(body)).not.toMatch(/tool/i)
    expect(warned).toEqual(['toolChoice'])
  })
})

describe('JSON output', () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } } }
  const json = { responseFormat: { type: 'json' } } as const
  const bySchema = {
    responseFormat: { type: 'json-schema', name: 'my answer!', schema, isStrict: true },
  } as const

  it('is asked of OpenAI', () => {
    expect(builtWith('openai', json).body['response_format']).toEqual({ type: 'json_object' })
    const { body, warned } = builtWith('openai', bySchema)
    expect(body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'my_answer_', schema, strict: true },
    })
    expect(warned).toEqual(['responseFormat'])
  })

  it('is asked of Anthropic by schema only, and of newer models', () => {
    expect(builtWith('anthropic', bySchema).body['output_config']).toEqual({
      format: { type: 'json_schema', schema },
    })
    for (const refused of [
      builtWith('anthropic', json),
      builtWith('anthropic', bySchema, 'claude-sonnet-4-20250514'),
    ]) {
      expect(refused.body).not.toHaveProperty('output_config')
      expect(refused.warned).toEqual(['responseFormat'])
    }
  })

  it('is asked of Google and Ollama', () => {
    expect(builtWith('google', json).body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
    })
    expect(builtWith('google', bySchema).body['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    })
    expect(builtWith('ollama', json).body['format']).toBe('json')
    expect(builtWith('ollama', bySchema).body['format']).toEqual(schema)
  })
})

describe('images', () => {
  const bytes = { kind: 'bytes', mediaType: 'image/png', base64: 'AAAA' } as const
  const picture = (part: Omit<Extract<ContentPart, { type: 'image' }>, 'type'>) => ({
    messages: [{ role: 'user' as const, content: [{ type: 'image' as const, ...part }] }],
  })
  const byUrl = picture({ image: { kind: 'url', url: 'https://h/cat.jpg?x=1' }, detail: 'low' })

  it('reach OpenAI by URL, bytes as a data URL', () => {
    expect(builtBody('openai', byUrl).body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'https://h/cat.jpg?x=1', detail: 'low' } },
        ],
      },
    ])
    expect(JSON.stringify(builtBody('openai', picture({ image: bytes })).body)).toContain(
      'data:image/png;base64,AAAA',
    )
  })

  it('reach Anthropic either way', () => {
    const { body, warned } = builtBody('anthropic', byUrl)
    expect(body['messages']).toMatchObject([
      { content: [{ type: 'image', source: { type: 'url', url: 'https://h/cat.jpg?x=1' } }] },
    ])
    expect(warned).toEqual(['messages'])
    expect(builtBody('anthropic', picture({ image: bytes })).body['messages']).toMatchObject([
      { content: [{ source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] },
    ])
  })

  it('reach Google, by URL only models that fetch them', () => {
    expect(builtBody('google', picture({ image: bytes })).body['contents']).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
    ])
    expect(builtBody('google', byUrl).body['contents']).toEqual([
      {
        role: 'user',
        parts: [{ fileData: { mimeType: 'image/jpeg', fileUri: 'https://h/cat.jpg?x=1' } }],
      },
    ])
    const old = builtBody('google', { ...byUrl, model: 'gemini-2.0-flash' })
    expect(old.body['contents']).toEqual([])
    expect(old.warned).toContain('messages')
  })

  it('reach Ollama as bytes only', () => {
    expect(builtBody('ollama', picture({ image: bytes })).body['messages']).toEqual([
      { role: 'user', content: '', images: ['AAAA'] },
    ])
    expect(builtBody('ollama', byUrl).body['messages']).toEqual([])
    expect(builtBody('ollama', byUrl).warned).toContain('messages')
  })

  it.each(['anthropic', 'google', 'ollama'] as const)('in a data URL are bytes: %s', (kind) => {
    const image = { kind: 'url', url: 'data:image/png;base64,AAAA' } as const
    expect(builtBody(kind, picture({ image }))).toEqual(builtBody(kind, picture({ image: bytes })))
  })
})
