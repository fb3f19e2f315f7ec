import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExecutions } from '../../../src/features/executions/index.ts'
import { localCaller } from '../../../src/features/identity/index.ts'
import { ExecutionStage } from './execution-stage.ts'

const gpt = 'openai:gpt-4o-mini'

describe.each(['sqlite', 'postgres'] as const)('Ends of executions [%s]', (dialect) => {
  let stage: ExecutionStage
  beforeAll(async () => {
    stage = await ExecutionStage.open({ dialect, settings: { executionsPerProvider: 1 } })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const openai = () => stage.stage.fakes.openai
  const told = async (given: Partial<Parameters<typeof createExecutions>[1]>) => {
    const ctx = { ...stage.context, caller: localCaller() }
    const asked = { models: [gpt], webhookIds: ['receiver'], ...given }
    const { ids } = await createExecutions(ctx, asked)
    const [id = ''] = ids
    return id
  }
  const bodiesOf = async (id: string): Promise<unknown[]> => {
    const rows = await stage.context.db.read((tx) =>
      tx.db
        .selectFrom('webhook_deliveries')
        .select('body')
        .where('execution_id', '=', id)
        .execute(),
    )
    return rows.map(({ body }) => JSON.parse(body))
  }
  const notice = (executionId: string, status: string) => [
    { event: 'webhook.deployment.execution', executionId, status },
  ]

  it('tells webhooks of every end: done, refused, cancelled', async () => {
    const done = await told({ promptText: 'Hi' })
    await stage.until(done, 'completed')
    expect(await bodiesOf(done)).toEqual(notice(done, 'completed'))

    openai().next({ type: 'status', status: 400, message: 'No' })
    const refused = await told({ promptText: 'Hi' })
    await stage.until(refused, 'failed')
    expect(await bodiesOf(refused)).toEqual(notice(refused, 'failed'))

    openai().next({ type: 'hang' })
    const asked = openai().requests.length
    const running = await told({ promptText: 'Hi' })
    await openai().untilAsked(asked + 1)
    const promptId = await stage.prompt()
    const orphan = await told({ promptId, userInput: '' })
    const waiting = await told({ promptText: 'Hi' })
    await stage.owner.deletePrompt({ params: { id: promptId } })
    for (const id of [waiting, running]) await stage.owner.cancelExecution({ params: { id } })
    expect(await bodiesOf(waiting)).toEqual(notice(waiting, 'failed'))
    expect(await bodiesOf(running)).toEqual(notice(running, 'failed'))
    const failed = await stage.until(orphan, 'failed')
    expect(failed.error_message).toContain('is not there any more')
    expect(await bodiesOf(orphan)).toEqual(notice(orphan, 'failed'))
  })

  it('runs again when its job is tried again', async () => {
    openai().next({ type: 'status', status: 400, message: 'No' })
    const [id = ''] = await stage.run({ promptText: 'Hi', providerModel: [gpt] })
    await stage.until(id, 'failed')
    const { id: jobId } = await stage.jobOf(id)
    await stage.owner.retryJob({ params: { id: jobId } })
    const done = await stage.until(id, 'completed')
    expect(done.error_message).toBeUndefined()
  })

  it('gives up after three attempts, and waits between them', async () => {
    const busy = { type: 'status', status: 500, message: 'Oh' } as const
    openai().next(busy, busy, busy)
    const before = openai().requests.length
    const [id = ''] = await stage.run({ promptText: 'Hi', providerModel: [gpt] })
    await openai().untilAsked(before + 1)
    expect((await stage.until(id, 'pending')).started_at).toBeUndefined()
    const failed = await stage.until(id, 'failed', 20_000)
    expect(failed.error_message).toBe(
      'ProviderError: OpenAI API error: 500 Internal Server Error - Oh',
    )
    const asked = openai().requests.filter((one) => one.headers['idempotency-key'] === id)
    expect(asked).toHaveLength(3)
  })

  it('tells a model in words of the schema that it cannot be given', async () => {
    const json_schema_response = { type: 'object', properties: { n: { type: 'number' } } }
    const promptId = await stage.prompt({ prompt: 'Count', json_schema_response })
    const { fakes } = stage.stage
    fakes.anthropic.next({ type: 'reply', text: '{"n":1}' })
    const providerModel = ['anthropic:claude-3-haiku-20240307']
    const [id = ''] = await stage.run({ promptId, userInput: 'Now', providerModel })
    expect(await stage.until(id, 'completed')).toMatchObject({ result_valid: true })
    expect(JSON.stringify(fakes.anthropic.requests.at(-1)?.body)).toContain('additionalProperties')
  })
})
