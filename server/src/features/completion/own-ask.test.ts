import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useFourProviders } from '../../../test/support/four-providers.ts'
import { createAlias, type RequestDefaults } from '../models/index.ts'
import { attributesOf, getSpan } from '../traces/index.ts'
import type { Answer, WholeAnswer } from './answer.ts'
import { askModel } from './ask-model.ts'
import { ownAsk, type OwnQuestion } from './own-ask.ts'
import type { ContentPart, Message } from './request.ts'

const never = new AbortController().signal
const hello: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

function question(model: string, given: Partial<OwnQuestion> = {}): OwnQuestion {
  return { model, request: { messages: [hello], options: {} }, requestId: 'req-1', ...given }
}

function showing(...parts: readonly ContentPart[]): OwnQuestion['request'] {
  return { messages: [{ role: 'user', content: [...hello.content, ...parts] }], options: {} }
}

describeEachDatabase('a question of our own', (store) => {
  const { fakeOf, contextOf } = useFourProviders(store)

  const whole = async (asked: OwnQuestion, ctx = contextOf()): Promise<WholeAnswer> => {
    const answer = await askModel(ctx, ownAsk(asked), never)
    if (answer.status !== 'whole') throw new Error(`The answer is ${answer.status}`)
    return answer
  }
  const stored = async ({ spanId }: Pick<Answer, 'spanId'>) => {
    const span = await getSpan(contextOf(), spanId)
    return { ...span, attributes: attributesOf(span) }
  }
  const aliasOf = async (
    name: string,
    models: readonly string[],
    requestParams: RequestDefaults = {},
    cacheSeconds = 0,
  ) => {
    const ctx = contextOf()
    const targets = models.map((model) => ({ model, isEnabled: true }))
    const options = { strategy: 'fallback' as const, cacheSeconds }
    await createAlias(ctx, name, { targets, requestParams, options })
    return ctx
  }

  it.each([
    ['openai', 'openai/gpt-4o-mini'],
    ['anthropic', 'anthropic/claude-haiku-4-5'],
    ['google', 'google/gemini-2.5-flash'],
    ['ollama', 'ollama/llama3.2'],
  ] as const)('is put to %s in its words, and recorded', async (kind, model) => {
    const asked = question(model, { attributes: { 'execution.id': 'e1' }, idempotencyKey: 'e1' })
    const answer = await whole(asked)
    expect(answer).toMatchObject({ isNative: false, provider: kind, model })
    expect(fakeOf(kind).requests.at(-1)?.headers['idempotency-key']).toBe('e1')
    const span = await stored(answer)
    expect(span).toMatchObject({ name: `chat ${model}`, status: 'ok' })
    expect(span.attributes).toMatchObject({
      'execution.id': 'e1',
      'gateway.wire': 'pharos',
      'gateway.request_id': 'req-1',
      'llm.completion': answer.outcome.reply.text,
      'llm.prompt': '[{"role":"user","content":"Hi"}]',
    })
    expect(span.attributes).not.toHaveProperty('gateway.request')
  })

  it("takes an alias' defaults in for what it does not say, in the core's words", async () => {
    const defaults = {
      frequency_penalty: 0.1,
      max_tokens: 7,
      presence_penalty: 0.2,
      seed: 3,
      stop: ['x'],
      temperature: 0.25,
      top_p: 0.5,
      user: 'u',
      system_prompt: 'Be short.',
    }
    const ctx = await aliasOf('own', ['openai/gpt-4o-mini'], defaults)
    const { system_prompt: _system, ...options } = defaults
    await whole(question('own'), ctx)
    const sent = () => fakeOf('openai').requests.at(-1)?.body
    expect(sent()).toEqual({
      ...options,
      model: 'gpt-4o-mini',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hi' },
      ],
    })
    const system: Message = { role: 'system', content: [{ type: 'text', text: 'Be long.' }] }
    const request = { messages: [system, hello], options: { temperature: 1, maxTokens: 9 } }
    await whole(question('own', { request }), ctx)
    expect(sent()).toMatchObject({
      temperature: 1,
      max_tokens: 9,
      messages: [{ role: 'system', content: 'Be long.' }, { role: 'user' }],
    })
  })

  it('leaves out what a provider cannot be told and notes it', async () => {
    const options = { seed: 1, frequencyPenalty: 1, temperature: 0.5, webSearch: true }
    const request = { messages: [hello], options }
    const answer = await whole(question('anthropic/claude-haiku-4-5', { request }))
    const sent = fakeOf('anthropic').requests.at(-1)?.body
    expect(sent).toMatchObject({ temperature: 0.5, tools: [{ name: 'web_search' }] })
    expect(sent).not.toHaveProperty('seed')
    const { attributes } = await stored(answer)
    expect(attributes['llm.warnings']).toEqual([
      'Anthropic has no seed',
      'Anthropic has no frequency penalty',
    ])
  })

  it('holds a target to a form of the reply only where it can be held to it', async () => {
    const schema = { type: 'object', properties: { a: { type: 'number', minimum: 1 } } }
    const responseFormat = { type: 'json-schema', name: 's', schema } as const
    const request = { messages: [hello], options: { responseFormat } }
    await whole(question('anthropic/claude-sonnet-4-6', { request }))
    const inWords = expect.stringMatching(/^[^]+\n\nReply with JSON that conforms [^]+"minimum": 1/)
    const toldInWords = [{ role: 'user', content: inWords }]
    expect(fakeOf('anthropic').requests.at(-1)?.body).toMatchObject({ messages: toldInWords })
    expect(fakeOf('anthropic').requests.at(-1)?.body).not.toHaveProperty('output_config')
    await whole(question('google/gemini-2.5-flash', { request }))
    expect(fakeOf('google').requests.at(-1)?.body).toMatchObject({
      generationConfig: { responseJsonSchema: schema },
      contents: [{ parts: [{ text: 'Hi' }] }],
    })
    const { url } = fakeOf('openai')
    const { providers } = contextOf()
    const apiKeys = { ...providers.apiKeys, deepseek: 'key' }
    const baseUrls = { ...providers.baseUrls, deepseek: url }
    const ctx = contextOf({ providers: { ...providers, apiKeys, baseUrls } })
    await whole(question('deepseek/deepseek-chat', { request }), ctx)
    expect(fakeOf('openai').requests.at(-1)?.body).toMatchObject({
      response_format: { type: 'json_object' },
      messages: toldInWords,
    })
  })

  it('is put to the next target under the same key when one fails', async () => {
    const ctx = await aliasOf('safe', ['openai/gpt-4o-mini', 'google/gemini-2.5-flash'])
    fakeOf('openai').next({ type: 'status', status: 500 })
    const answer = await whole(question('safe', { idempotencyKey: 'e2' }), ctx)
    expect(answer.provider).toBe('google')
    const keys = (['openai', 'google'] as const).map(
      (kind) => fakeOf(kind).requests.at(-1)?.headers['idempotency-key'],
    )
    expect(keys).toEqual(['e2', 'e2'])
  })

  it('is answered from the cache of an alias', async () => {
    const ctx = await aliasOf('kept own', ['openai/gpt-4o-mini'], {}, 60)
    const first = await whole(question('kept own'), ctx)
    const asked = fakeOf('openai').requests.length
    const second = await whole(question('kept own'), ctx)
    expect([first.cache, second.cache]).toEqual(['miss', 'hit'])
    expect(second.outcome.reply.text).toBe(first.outcome.reply.text)
    expect(fakeOf('openai').requests).toHaveLength(asked)
    const { attributes } = await stored(second)
    expect(attributes).not.toHaveProperty('gateway.request')
  })

  it('shows a file to the model, and only its name, type and size to the record', async () => {
    const base64 = Buffer.alloc(6000, 'pdf').toString('base64')
    const name = 'report.pdf'
    const file = { type: 'document', mediaType: 'application/pdf', base64, name } as const
    const answer = await whole(question('anthropic/claude-haiku-4-5', { request: showing(file) }))
    expect(fakeOf('anthropic').requests.at(-1)?.text).toContain(base64)
    const { attributes } = await stored(answer)
    expect(JSON.stringify(attributes)).not.toContain(base64)
    expect(JSON.parse(String(attributes['llm.prompt']))).toMatchObject([
      {
        content: [
          { type: 'text' },
          {
            type: 'file',
            file: { filename: name, media_type: 'application/pdf', size_bytes: 6000 },
          },
        ],
      },
    ])
    expect(attributes['llm.request']).toContain('(6000 bytes of application/pdf)')
  })

  it.each([
    ['openai', 'openai/gpt-4o-mini'],
    ['anthropic', 'anthropic/claude-haiku-4-5'],
    ['google', 'google/gemini-2.5-flash'],
  ] as const)('shows a text file to %s, and as little of it to the record', async (kind, model) => {
    const line = 'größe,"1"'
    const base64 = Buffer.from(`${line}\n`.repeat(500)).toString('base64')
    const file = { type: 'document', mediaType: 'text/csv', base64 } as const
    const { attributes } = await stored(await whole(question(model, { request: showing(file) })))
    const written = kind === 'google' ? base64 : JSON.stringify(line).slice(1, -1)
    expect(fakeOf(kind).requests.at(-1)?.text).toContain(written)
    expect(JSON.stringify(attributes)).not.toContain(line.slice(0, 5))
    expect(JSON.stringify(attributes)).not.toContain(base64)
    expect(attributes['llm.request']).toContain('(6000 bytes of text/csv)')
  })

  it('shows a file that is no base64 as it is', async () => {
    const file = { type: 'document', mediaType: 'text/csv', base64: '!'.repeat(5000) } as const
    const asked = question('anthropic/claude-haiku-4-5', { request: showing(file) })
    const { attributes } = await stored(await whole(asked))
    expect(JSON.parse(String(attributes['llm.request']))).toMatchObject({
      messages: [{ content: [{ text: 'Hi' }, { source: { data: '' } }] }],
    })
  })

  it('is refused where a provider cannot be shown its file; another target may', async () => {
    const file = { type: 'document', mediaType: 'application/pdf', base64: 'QQ==' } as const
    const asked = fakeOf('ollama').requests.length
    await expect(
      whole(question('ollama/llama3.2', { request: showing(file) })),
    ).rejects.toMatchObject({
      code: 'invalid',
      message: 'Ollama cannot be shown the attachment: it takes no application/pdf',
    })
    expect(fakeOf('ollama').requests).toHaveLength(asked)
    const ctx = await aliasOf('reader', ['ollama/llama3.2', 'google/gemini-2.5-flash'])
    const answer = await whole(question('reader', { request: showing(file) }), ctx)
    expect(answer.provider).toBe('google')
  })

  it('needs the scope', async () => {
    const ctx = contextOf({ caller: callerWith('executions:run') })
    const refused = askModel(ctx, ownAsk(question('openai/gpt-4o-mini')), never)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  })
})
