import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendJson } from '../../support/http-request.ts'
import { startModelStage, stageModels, type ModelStage } from '../../support/model-stage.ts'

describe.each(['sqlite', 'postgres'] as const)('A replay [%s]', (dialect) => {
  let stage: ModelStage
  beforeAll(async () => {
    stage = await startModelStage({ dialect })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  test('keeps a prompt that no database stores as it is (rulings §11)', async () => {
    const { client, url } = stage.app
    const model = stageModels.openai
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    const { trace_id } = (await client.chat({ body: { model, messages } })).body
    const { spans } = (await client.getTrace({ params: { trace_id } })).body
    const span_id = spans.find(({ span_type }) => span_type === 'llm_call')?.span_id ?? ''

    const prompt = '[{"role":"user","content":"half \ud800 and \\u0000"}]'
    const value = { span_id, modified_attributes: { 'llm.prompt': prompt } }
    const reply = await sendJson(url, { path: '/v1/replay', value })
    expect(`${reply.status} ${reply.text}`).toMatch(/^200 /)
    const { versions } = (await client.listPromptVersions({ params: { span_id } })).body
    expect(versions).toMatchObject([
      { label: 'Replay', prompt_text: prompt.replace('\ud800', '\ufffd') },
    ])
    const { replays } = (await client.listReplays({ params: { span_id }, query: {} })).body
    expect(replays).toMatchObject([{ modified_attributes: { 'llm.prompt': prompt } }])
  })
})
