import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localCaller } from '../../../src/features/identity/index.ts'
import { whenEnded } from '../../../src/features/executions/index.ts'
import { attributesOf, getSpan } from '../../../src/features/traces/index.ts'
import { ExecutionStage } from './execution-stage.ts'

const gpt = 'openai:gpt-4o-mini'
const claude = 'anthropic:claude-haiku-4-5'
const gemini = 'gemini:gemini-2.5-flash'
const llama = 'ollama:llama3.2'

const topic = {
  type: 'object',
  properties: { topic: { type: 'string' } },
  required: ['topic'],
} as const

describe.each(['sqlite', 'postgres'] as const)('Executions [%s]', (dialect) => {
  let stage: ExecutionStage
  beforeAll(async () => {
    stage = await ExecutionStage.open({ dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const fakes = () => stage.stage.fakes
  const attributesOfSpan = async (spanId = '') =>
    attributesOf(await getSpan({ ...stage.context, caller: localCaller() }, spanId))

  it('runs a direct text and keeps what came of it', async () => {
    const [id = ''] = await stage.run({ promptText: 'Say hello', providerModel: [gpt] })
    const done = await stage.until(id, 'completed')
    expect(done).toMatchObject({
      prompt_text: 'Say hello',
      user_input: '',
      provider: 'openai',
      model: 'gpt-4o-mini',
      result: 'Hello there!',
      result_valid: true,
      input_tokens_used: 10,
      output_tokens_used: 2,
      origin: 'app',
    })
    expect(done.cost).toBeGreaterThan(0)
    const sent = fakes().openai.requests.at(-1)
    expect(sent?.headers['idempotency-key']).toBe(id)
    expect(sent?.body).toMatchObject({
      messages: [{ role: 'user', content: 'Say hello' }],
      max_tokens: 4096,
    })
  })

  it('fills a prompt with its input, asks each model by its own rules, and links the traces', async () => {
    const promptId = await stage.prompt({
      name: `Poet ${dialect}`,
      prompt: 'Write about {{topic}}',
      json_schema_input: topic,
    })
    const ids = await stage.run({
      promptId,
      userInput: '{"topic":"rain & snow"}',
      traceId: 'mine',
      providerModel: [gpt, claude, gemini, llama],
    })
    const done = await Promise.all(ids.map((id) => stage.until(id, 'completed')))
    expect(done.map(({ provider }) => provider)).toEqual([
      'openai',
      'anthropic',
      'gemini',
      'ollama',
    ])
    const text = 'Write about rain &amp; snow'
    expect(fakes().openai.requests.at(-1)?.body).toMatchObject({
      messages: [{ role: 'user', content: text }],
    })
    expect(fakes().anthropic.requests.at(-1)?.body).toMatchObject({
      temperature: 0.9,
      max_tokens: 4096,
    })
    expect(fakes().google.requests.at(-1)?.body).toMatchObject({
      generationConfig: { temperature: 0.7, topP: 0.9, topK: 40, maxOutputTokens: 4096 },
    })
    expect(fakes().ollama.requests.at(-1)?.body).toMatchObject({
      options: { temperature: 0.7, top_p: 0.9, top_k: 40 },
    })
    for (const execution of done) {
      expect(execution).toMatchObject({ prompt_version: 1, traceId: 'mine' })
      const attributes = await attributesOfSpan(execution.span_id)
      expect(attributes).toMatchObject({
        'execution.id': execution.id,
        'prompt.id': promptId,
        'prompt.version': 1,
        'prompt.name': `Poet ${dialect}`,
        'gateway.caller': 'local',
      })
    }
  })

  it('sends a prompt without a schema as it is, with the input beside it', async () => {
    const promptId = await stage.prompt({ prompt: 'Translate {{it}}' })
    const [id = ''] = await stage.run({ promptId, userInput: 'Guten Tag', providerModel: [gpt] })
    await stage.until(id, 'completed')
    expect(fakes().openai.requests.at(-1)?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'Translate {{it}}' },
        { role: 'user', content: 'Guten Tag' },
      ],
    })
  })

  it('fills each message of a prompt of several', async () => {
    const messages = [
      { role: 'system', content: 'You know {{topic}}' },
      { role: 'user', content: 'Tell me of <{{topic}}>' },
    ] as const
    const promptId = await stage.prompt({
      prompt: '-',
      messages: [...messages],
      options: { escape: 'none' },
    })
    const userInput = '{"topic":"R&B"}'
    const [id = ''] = await stage.run({ promptId, userInput, providerModel: [gpt] })
    await stage.until(id, 'completed')
    expect(fakes().openai.requests.at(-1)?.body).toMatchObject({
      messages: [
        { role: 'system', content: 'You know R&B' },
        { role: 'user', content: 'Tell me of <R&B>' },
      ],
    })
  })

  it('runs a prompt over a group: model by model, the newest item first, as one bundle', async () => {
    const promptId = await stage.prompt({ prompt: 'On {{topic}}', json_schema_input: topic })
    const testDataGroupId = await stage.group(['{"topic":"one"}', '{"topic":"two"}'])
    const ids = await stage.run({ promptId, testDataGroupId, providerModel: [gpt, llama] })
    const done = await Promise.all(ids.map((id) => stage.until(id, 'completed')))
    const shown = done.map(({ provider, user_input: input }) => `${provider} ${input}`)
    expect(shown).toEqual([
      'openai {"topic":"two"}',
      'openai {"topic":"one"}',
      'ollama {"topic":"two"}',
      'ollama {"topic":"one"}',
    ])
    expect(new Set(done.map((one) => one.test_data_item_id)).size).toBe(2)
    expect(done.every((one) => one.test_data_group_id === testDataGroupId)).toBe(true)
    const bundles = await stage.owner.listExecutionBundles({ query: { prompt_id: promptId } })
    expect(bundles.body).toMatchObject({
      data: [{ test_group_id: testDataGroupId, execution_ids: ids }],
    })
  })

  it('makes nothing when one item of a group does not fit', async () => {
    const promptId = await stage.prompt({ prompt: 'On {{topic}}', json_schema_input: topic })
    const testDataGroupId = await stage.group(['{"topic":"one"}', '{"topic":2}'])
    const body = { promptId, testDataGroupId, providerModel: [gpt] }
    await expect(stage.owner.createExecutions({ body })).rejects.toMatchObject({
      status: 400,
      body: { data: { error: 'Validation error', details: '/topic must be string' } },
    })
    const bundles = await stage.owner.listExecutionBundles({ query: { prompt_id: promptId } })
    expect(bundles.body).toEqual({ data: [] })
  })

  it('judges an answer by the schema of its prompt', async () => {
    const json_schema_response = {
      type: 'object',
      properties: { n: { type: 'number' }, list: { type: 'array' } },
      required: ['n', 'list'],
    }
    const promptId = await stage.prompt({ json_schema_response })
    const judged = async (text: string) => {
      fakes().openai.next({ type: 'reply', text })
      const [id = ''] = await stage.run({ promptId, userInput: '', providerModel: [gpt] })
      return stage.until(id, 'completed')
    }
    expect(await judged('{"n":1,"list":[],"no":null}')).toMatchObject({
      result: '{\n\t"n": 1,\n\t"list": []\n}',
      result_valid: true,
    })
    expect(fakes().openai.requests.at(-1)?.body).toMatchObject({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'schema-name', strict: true, schema: { required: ['n', 'list'] } },
      },
    })
    expect(await judged('{"n":"one"}')).toMatchObject({
      result: '{"n":"one"}',
      result_valid: false,
      result_validation_message: "must have required property 'list'; /n must be number",
    })
    expect(await judged('One.')).toMatchObject({
      result: 'One.',
      result_valid: false,
      result_validation_message: 'Incorrect JSON',
    })
  })

  it('shows a file to a model that can see it', async () => {
    const data = Buffer.from('%PDF-1.4 hello').toString('base64')
    const file = await stage.owner.uploadFile({
      body: {
        name: `paper ${dialect}`,
        originalName: 'paper.pdf',
        mimeType: 'application/pdf',
        size: 14,
        data,
      },
    })
    const fileId = file.body.data.id
    const [id = ''] = await stage.run({ promptText: 'Read it', providerModel: [claude], fileId })
    await stage.until(id, 'completed')
    expect(fakes().anthropic.requests.at(-1)?.body).toMatchObject({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Read it' },
            { type: 'document', source: { data } },
          ],
        },
      ],
    })
  })

  it('tries again what may pass, and tells what will not in the words of its provider', async () => {
    fakes().openai.next({ type: 'status', status: 429, headers: { 'retry-after': '0' } })
    const [busy = ''] = await stage.run({ promptText: 'Again', providerModel: [gpt] })
    const done = await stage.until(busy, 'completed')
    expect(done.error_message).toBeUndefined()
    const asked = fakes().openai.requests.filter((one) => one.headers['idempotency-key'] === busy)
    expect(asked).toHaveLength(2)

    fakes().openai.next({ type: 'status', status: 403, message: 'Not you' })
    const [refused = ''] = await stage.run({ promptText: 'Again', providerModel: [gpt] })
    const failed = await stage.until(refused, 'failed')
    expect(failed).toMatchObject({
      error_message: 'ProviderError: OpenAI API error: 403 Forbidden - Not you',
      result_valid: false,
    })
    expect(await attributesOfSpan(failed.span_id)).toMatchObject({ 'execution.id': refused })
  })

  it('falls back as the router does that it asks', async () => {
    const name = `steady-${dialect}`
    await stage.fallback(name, ['openai/gpt-4o-mini', 'ollama/llama3.2'])
    fakes().openai.next({ type: 'status', status: 503 })
    const [id = ''] = await stage.run({ promptText: 'Hi', providerModel: [`alias:${name}`] })
    const done = await stage.until(id, 'completed')
    expect(done).toMatchObject({ provider: 'alias', model: name, result: 'Hello there!' })
    expect(await attributesOfSpan(done.span_id)).toMatchObject({ 'llm.provider': 'ollama' })
  })

  it('wakes whoever waits for the end', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    fakes().openai.next({ type: 'reply', pause: () => answered })
    const [id = ''] = await stage.run({ promptText: 'Slowly', providerModel: [gpt] })
    expect(await whenEnded(stage.context, id, { seconds: 0.05 })).toBe(false)
    const ended = whenEnded(stage.context, id, { seconds: 20 })
    answer()
    expect(await ended).toBe(true)
    expect(await stage.get(id)).toMatchObject({ status: 'completed' })
  })

  it('keeps what people think of it', async () => {
    const [id = ''] = await stage.run({ promptText: 'Hi', providerModel: [gpt] })
    await stage.until(id, 'completed')
    const params = { id }
    const starred = await stage.owner.changeExecution({ params, body: { starred: true } })
    expect(starred).toMatchObject({ status: 201, body: { data: {} } })
    expect(await stage.get(id)).toMatchObject({ starred: true })
    const unknown = { id: crypto.randomUUID() }
    const changing = stage.owner.changeExecution({ params: unknown, body: {} })
    await expect(changing).rejects.toMatchObject({ status: 404 })
  })
})
