import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import type { Config } from '../../../src/app/config.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { startFakeProvider } from '../../support/fake-provider.ts'

async function chatOn(app: TestApp, model: string): Promise<Response> {
  return fetch(`${app.url}/v1/playground/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  })
}

async function startWithKey(settings: Partial<Config>): Promise<TestApp> {
  const app = await startTestApp({ settings })
  await app.client.putApiKey({ body: { provider: 'openai', api_key: 'sk-test-key' } })
  return app
}

it('waits for a provider’s first byte as long as it was told to', async () => {
  await using fake = await startFakeProvider('openai')
  fake.always({ type: 'hang' })
  await using app = await startWithKey({ openaiBaseUrl: fake.url, upstreamTimeoutMs: 50 })
  const reply = await chatOn(app, 'gpt-4o')
  expect(reply.status).toBe(502)
  expect(await reply.json()).toEqual({
    detail: 'LLM API call failed: OpenAI did not answer within 50 ms',
  })
})

it('refuses to ask itself', async () => {
  const port = await freePort()
  const openaiBaseUrl = `http://localhost:${port}/v1`
  await using app = await startWithKey({ port, openaiBaseUrl })
  const reply = await chatOn(app, 'gpt-4o')
  expect(reply.status).toBe(508)
  expect(await reply.json()).toEqual({ detail: 'The base URL of openai is this server itself' })
})

it('takes the environment’s key for a provider that Beacon keeps no key of', async () => {
  await using fake = await startFakeProvider('openai')
  await using app = await startTestApp({ settings: { deepseekApiKey: 'sk-of-deepseek' } })
  const who = { created_by: null, created_at: 1, updated_at: 1 }
  const row = { id: '1', name: 'deepseek', kind: 'openai-compatible', secret: null, is_active: 1 }
  await app.app.context.db.write(async (tx) => {
    await tx.insertMany('provider_connections', [{ ...row, ...who, base_url: fake.url }])
  })
  expect((await chatOn(app, 'deepseek/deepseek-chat')).status).toBe(200)
  expect(fake.requests[0]).toMatchObject({
    headers: { authorization: 'Bearer sk-of-deepseek' },
    body: { model: 'deepseek-chat' },
  })
})

it('ends a call, with its span closed, when the asker leaves', async () => {
  await using fake = await startFakeProvider('openai')
  fake.always({ type: 'hang' })
  await using app = await startWithKey({ openaiBaseUrl: fake.url })
  const stop = new AbortController()
  const left = fetch(`${app.url}/v1/playground/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      conversation_id: 'left',
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hi' }],
    }),
    signal: stop.signal,
  })
  await fake.untilAsked()
  stop.abort()
  await expect(left).rejects.toMatchObject({ name: 'AbortError' })
  await fake.untilClosed()
  let trace = await app.client.getTrace({ params: { trace_id: 'left' } })
  while (trace.status === 200 && trace.body.status === 'unset') {
    trace = await app.client.getTrace({ params: { trace_id: 'left' } })
  }
  expect(trace.body).toMatchObject({
    status: 'error',
    spans: [
      { name: 'Playground: gpt-4o', status: 'error', error_message: 'cancelled' },
      { name: 'gpt-4o', status: 'error', error_message: 'cancelled' },
    ],
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
