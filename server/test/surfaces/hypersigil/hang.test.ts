import { ApiError } from '@pharos/contract/client.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stageModels } from '../../support/model-stage.ts'
import { ExecutionStage } from './execution-stage.ts'

/** Takes longer with each letter, twice as long: for forty of them hours. */
const hangingSchema = { type: 'string', pattern: '^(a+)+$' }
const hangingText = `"${'a'.repeat(40)}!"`

/** Each level of it is written as often as the list is long. */
const hangingTemplate = `${'{{#list}}'.repeat(9)}x${'{{/list}}'.repeat(9)}`
const hangingInput = JSON.stringify({ list: Array.from({ length: 20 }, (_, index) => index + 1) })

describe('What is made to hang', () => {
  let stage: ExecutionStage
  beforeAll(async () => {
    stage = await ExecutionStage.open({})
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  /** How the call ended, and how often the server answered others until then. */
  async function beside(call: Promise<unknown>): Promise<{ end: unknown; answers: number }> {
    let isOver = false
    const ended = call
      .catch((error: unknown) => error)
      .finally(() => {
        isOver = true
      })
    let answers = 0
    for (; !isOver; answers += 1) await stage.owner.listPrompts()
    return { end: await ended, answers }
  }

  const stopped = (end: unknown) => (end instanceof ApiError ? [end.status, end.body] : end)

  it('is a schema of an input: a 400 that says so, while others are answered', async () => {
    const promptId = await stage.prompt({ json_schema_input: hangingSchema })
    const preview = stage.owner.previewPrompt({ body: { promptId, userInput: hangingText } })
    const { end, answers } = await beside(preview)
    const error = { error: 'Compilation Error', message: 'Stopped: it took longer than a second' }
    expect(stopped(end)).toMatchObject([400, error])
    expect(answers).toBeGreaterThan(1)
  })

  it('is a template: a 400 that says so, while others are answered', async () => {
    const promptId = await stage.prompt({ prompt: hangingTemplate })
    const preview = stage.owner.previewPrompt({ body: { promptId, userInput: hangingInput } })
    const { end, answers } = await beside(preview)
    const message = expect.stringMatching(/^Stopped: /)
    expect(stopped(end)).toMatchObject([400, { error: 'Compilation Error', message }])
    expect(answers).toBeGreaterThan(1)
  })

  it('is a schema of an answer: a verdict that says so, and the next execution runs', async () => {
    const promptId = await stage.prompt({ json_schema_response: hangingSchema })
    stage.stage.fakes.openai.always({ type: 'reply', text: hangingText })
    const body = {
      promptId,
      userInput: '',
      providerModel: [`openai:${stageModels.openai}`, `openai:${stageModels.openai}`],
    }
    for (const id of await stage.run(body)) {
      expect(await stage.until(id, 'completed')).toMatchObject({
        result: hangingText,
        result_valid: false,
        result_validation_message: 'Stopped: it took longer than a second',
      })
    }
    expect((await stage.owner.getApiHealth()).status).toBe(200)
  })

  it('is a schema of the input of an execution: it is not begun', async () => {
    const promptId = await stage.prompt({ json_schema_input: hangingSchema })
    const providerModel = [`openai:${stageModels.openai}`]
    const refused = stage.run({ promptId, userInput: hangingText, providerModel })
    const details = 'Stopped: it took longer than a second'
    await expect(refused).rejects.toMatchObject({ status: 400, body: { data: { details } } })
  })
})
