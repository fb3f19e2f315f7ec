import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'
import { sendJson } from '../../support/http-request.ts'
import { wireSpan } from '../../support/wire-spans.ts'
import { postLog } from './post-log.ts'
import { idsOf, postTold, StreamClient } from './stream-client.ts'

describe.each(['sqlite', 'postgres'] as const)('The socket /logs/stream [%s]', (dialect) => {
  let stage: ModelStage
  beforeAll(async () => {
    stage = await startModelStage({ dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  test('tells what this server ran itself, once and by the id of its span', async () => {
    const { app } = stage
    const engine = `engine ${crypto.randomUUID()}`
    await postTold(app.url, { request_id: crypto.randomUUID(), user_api_key: engine })
    using owner = await StreamClient.open(app.url)
    using ofEngine = await StreamClient.open(app.url, engine)

    const messages = [{ role: 'user' as const, content: 'Hello' }]
    const model = stageModels.openai
    const { body } = await app.client.chat({ body: { model, messages } })
    const { body: trace } = await app.client.getTrace({ params: { trace_id: body.trace_id } })
    const call = trace.spans.find((span) => span.span_type === 'llm_call')
    const [frame] = await owner.takeUntil(String(call?.span_id))
    expect(frame).toMatchObject({
      type: 'new_log',
      data: {
        request_id: call?.span_id,
        model_id: model,
        finished_ts: expect.any(String),
        user_api_key: null,
        final_text: call?.attributes['llm.completion'],
      },
    })

    await app.client.replay({
      body: { span_id: String(call?.span_id), modified_attributes: {} },
    })
    // What a tracer tells of is no log of this server.
    await app.client.ingestSpans({ body: { spans: [wireSpan({ span_type: 'llm_call' })] } })
    const last = crypto.randomUUID()
    await postLog(app.url, { request_id: last, user_api_key: engine })
    const rest = idsOf(await owner.takeUntil(last))
    expect(rest).toHaveLength(2)
    const params = { span_id: String(rest[0]) }
    const { body: replayed } = await app.client.getSpan({ params })
    expect(replayed).toMatchObject({ span_type: 'llm_call', status: 'ok' })
    expect(idsOf(await ofEngine.takeUntil(last))).toEqual([last])
  })

  test('tells the owner of a key what the key ran', async () => {
    const { app } = stage
    const headers = { 'content-type': 'application/json' }
    const make = async (name: string): Promise<string> => {
      const value = { name, allowed_api_key: `label of ${name} ${crypto.randomUUID()}` }
      const reply = await sendJson(app.url, { path: '/auth/keys', headers, value })
      const { api_key: key } = JSON.parse(reply.text) as { api_key: string }
      return key
    }
    const [ann, bob] = [await make('ann'), await make('bob')]
    using ofAnn = await StreamClient.open(app.url, ann)
    using ofBob = await StreamClient.open(app.url, bob)
    const messages = [{ role: 'user', content: 'Hello' }]
    const value = { model: stageModels.openai, messages }
    const path = '/v1/playground/chat'
    const asked = { path, value, headers: { ...headers, 'x-api-key': ann } }
    expect((await sendJson(app.url, asked)).status).toBe(200)
    const told = await ofAnn.takeOne()
    expect(told.model_id).toBe(stageModels.openai)
    await sendJson(app.url, { ...asked, headers: { ...headers, 'x-api-key': bob } })
    expect((await ofBob.takeOne()).request_id).not.toBe(told.request_id)
    expect(ofAnn.frames).toEqual([])
  })
})
