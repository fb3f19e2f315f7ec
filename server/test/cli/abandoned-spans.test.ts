import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { startFakeProvider } from '../support/fake-provider.ts'
import { makeHome } from './pharos.ts'

const json = { 'content-type': 'application/json' }

const Detail = z.object({
  status: z.string(),
  spans: z.array(
    z.object({
      span_type: z.string(),
      status: z.string(),
      error_message: z.string().nullable(),
      end_time: z.number().nullable(),
      attributes: z.record(z.string(), z.unknown()),
    }),
  ),
})

async function detailOf(url: string, traceId: string): Promise<z.infer<typeof Detail>> {
  const reply = await fetch(`${url}/v1/traces/${traceId}`)
  return Detail.parse(await reply.json())
}

it('closes at its next start what a killed server left running', async () => {
  await using fake = await startFakeProvider('openai')
  fake.always({ type: 'hang' })
  await using home = await makeHome()
  const environment = { OPENAI_BASE_URL: fake.url }
  {
    await using server = await home.start([], environment)
    const key = JSON.stringify({ provider: 'openai', api_key: 'sk-test-key' })
    await fetch(`${server.url}/v1/settings/api-keys`, { method: 'PUT', headers: json, body: key })
    const body = JSON.stringify({
      conversation_id: 'talk',
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'Still there?' }],
    })
    const chat = fetch(`${server.url}/v1/playground/chat`, { method: 'POST', headers: json, body })
    const broken = chat.then(
      () => false,
      () => true,
    )
    await fake.untilAsked()
    expect(await detailOf(server.url, 'talk')).toMatchObject({ status: 'unset' })
    server.signal('SIGKILL')
    expect(await broken).toBe(true)
  }

  await using server = await home.start([], environment)
  let trace = await detailOf(server.url, 'talk')
  while (trace.status === 'unset') {
    await sleep(20)
    trace = await detailOf(server.url, 'talk')
  }
  expect(trace.spans).toHaveLength(2)
  for (const span of trace.spans) {
    expect(span).toMatchObject({
      status: 'error',
      error_message: 'The server stopped before this ended',
      end_time: expect.any(Number),
    })
  }
  const call = trace.spans.find((span) => span.span_type === 'llm_call')
  expect(call?.attributes).toMatchObject({
    'llm.prompt': '[{"role":"user","content":"Still there?"}]',
    'llm.request': fake.requests[0]?.text,
  })
})
