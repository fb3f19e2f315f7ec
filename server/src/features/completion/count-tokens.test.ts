import { expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { providerKey } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useFourProviders } from '../../../test/support/four-providers.ts'
import { createAlias } from '../models/index.ts'
import { getSpan } from '../traces/index.ts'
import { fromChatMessages } from './chat-messages.ts'
import { countTokens, type CountQuestion } from './count-tokens.ts'

const never = new AbortController().signal

function questionOf(model: string, given: Partial<CountQuestion> = {}): CountQuestion {
  const messages = [{ role: 'user', content: 'Say hello' }]
  return {
    wire: 'anthropic-messages',
    model,
    body: { model, messages },
    read: (body) => {
      const { top_k: topK, container } = body
      const options = typeof topK === 'number' ? { topK } : {}
      const request = { model, messages: fromChatMessages(body), options }
      return { request, nativeOnly: container === undefined ? [] : ['container'] }
    },
    fieldOf: (option) => `field of ${option}`,
    hops: 0,
    ...given,
  }
}

describeEachDatabase('the tokens of a question', (store) => {
  const { fakeOf, contextOf } = useFourProviders(store)

  const alias = async (name: string, ...models: readonly string[]): Promise<void> => {
    const ctx = contextOf({ caller: callerWith('models:manage') })
    await createAlias(ctx, name, {
      targets: models.map((model) => ({ model, isEnabled: true })),
      requestParams: { max_tokens: 99, temperature: 0.25, system_prompt: 'Be kind' },
      options: { strategy: 'fallback' },
    })
  }

  it('are asked of Anthropic with the body as it came', async () => {
    const body = { model: 'x', messages: [{ role: 'user', content: 'Hi' }], container: 'c' }
    const headers = { 'anthropic-beta': 'files' }
    const asked = questionOf('anthropic/claude-haiku-4-5', { body, headers })
    expect(await countTokens(contextOf(), asked, never)).toEqual({
      status: 'counted',
      inputTokens: 10,
    })
    const request = fakeOf('anthropic').requests.at(-1)
    expect(request).toMatchObject({
      path: '/v1/messages/count_tokens',
      body: { ...body, model: 'claude-haiku-4-5' },
      headers: { 'anthropic-beta': 'files', 'x-api-key': providerKey, 'x-pharos-hops': '1' },
    })
  })

  it('are asked of Google in its own words', async () => {
    const asked = questionOf('google/gemini-2.5-flash')
    expect(await countTokens(contextOf(), asked, never)).toEqual({
      status: 'counted',
      inputTokens: 10,
    })
    expect(fakeOf('google').requests.at(-1)).toMatchObject({
      path: '/v1beta/models/gemini-2.5-flash:countTokens',
      body: {
        generateContentRequest: {
          model: 'models/gemini-2.5-flash',
          contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }],
        },
      },
    })
  })

  it('leave no trace', async () => {
    const ids = { uuid: () => '11111111-2222-4333-8444-555555555555' }
    const ctx = contextOf({ ids })
    await countTokens(ctx, questionOf('anthropic/claude-haiku-4-5'), never)
    const reading = { ...ctx, caller: callerWith('traces:read') }
    await expect(getSpan(reading, ids.uuid().replaceAll('-', ''))).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it.each(['openai/gpt-4o-mini', 'ollama/llama3.2'])('cannot be told of %s', async (model) => {
    await expect(countTokens(contextOf(), questionOf(model), never)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^(OpenAI|Ollama) cannot count the tokens of a request$/),
    })
  })

  it('are not counted without a part that the provider cannot be told', async () => {
    const body = { model: 'x', messages: [{ role: 'user', content: 'Hi' }], container: 'c' }
    const asked = questionOf('google/gemini-2.5-flash', { body })
    await expect(countTokens(contextOf(), asked, never)).rejects.toMatchObject({
      code: 'invalid',
      details: { reason: 'unsupported_parameter', param: 'container' },
    })
  })

  it('include the system prompt of an alias, and are asked of the first that can count', async () => {
    await alias('counted', 'openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5')
    const count = await countTokens(contextOf(), questionOf('counted'), never)
    expect(count.status).toBe('counted')
    expect(fakeOf('anthropic').requests.at(-1)?.body).toEqual({
      model: 'claude-haiku-4-5',
      messages: [{ role: 'user', content: 'Say hello' }],
      system: 'Be kind',
    })
  })

  it('are asked of the next where one fails', async () => {
    await alias('tried', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash')
    fakeOf('anthropic').next({ type: 'status', status: 404 })
    expect(await countTokens(contextOf(), questionOf('tried'), never)).toMatchObject({
      status: 'counted',
    })
    expect(fakeOf('google').requests.at(-1)?.path).toContain(':countTokens')
  })

  it("fail with the provider's words and without its key", async () => {
    const message = `The key ${providerKey} is no good`
    fakeOf('anthropic').next({ type: 'status', status: 401, message })
    const count = await countTokens(contextOf(), questionOf('anthropic/claude-haiku-4-5'), never)
    expect(count).toMatchObject({
      status: 'failed',
      isNative: true,
      failure: { kind: 'status', status: 401 },
    })
    expect(JSON.stringify(count)).toContain('The key (secret) is no good')
    expect(JSON.stringify(count)).not.toContain(providerKey)
  })

  it('fail where the provider gives no number', async () => {
    fakeOf('anthropic').next({ type: 'raw', body: '{"input_tokens":"many"}' })
    const count = await countTokens(contextOf(), questionOf('anthropic/claude-haiku-4-5'), never)
    expect(count).toMatchObject({ status: 'failed', failure: { kind: 'unusable' } })
  })

  it('are for those only who may run models', async () => {
    const ctx = contextOf({ caller: callerWith('models:read') })
    const before = fakeOf('anthropic').requests.length
    await expect(
      countTokens(ctx, questionOf('anthropic/claude-haiku-4-5'), never),
    ).rejects.toMatchObject({ code: 'forbidden' })
    expect(fakeOf('anthropic').requests).toHaveLength(before)
  })
})
