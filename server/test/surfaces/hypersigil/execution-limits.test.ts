import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApiKey, localCaller, revokeApiKey } from '../../../src/features/identity/index.ts'
import { ExecutionStage } from './execution-stage.ts'

const gpt = 'openai:gpt-4o-mini'

describe.each(['sqlite', 'postgres'] as const)('Limits of executions [%s]', (dialect) => {
  let stage: ExecutionStage
  beforeAll(async () => {
    stage = await ExecutionStage.open({ dialect, settings: { executionsPerProvider: 2 } })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const openai = () => stage.stage.fakes.openai
  const refusalOf = (body: Parameters<ExecutionStage['run']>[0]) =>
    stage.run(body).then(
      () => null,
      (error: unknown) => error,
    )

  it('cancels what waits and what runs, and breaks the call off', async () => {
    openai().next({ type: 'hang' }, { type: 'hang' })
    const body = { promptText: 'Wait', providerModel: [gpt, gpt, gpt] }
    const asked = openai().requests.length
    const [first = '', second = '', third = ''] = await stage.run(body)
    await openai().untilAsked(asked + 2)
    expect(await stage.get(third)).toMatchObject({ status: 'pending' })
    for (const id of [third, first, second]) {
      await stage.owner.cancelExecution({ params: { id } })
      expect(await stage.get(id)).toMatchObject({
        status: 'failed',
        error_message: 'Execution cancelled by user',
      })
    }
    await openai().untilClosed(2)
    expect(openai().requests).toHaveLength(asked + 2)
    await expect(stage.owner.cancelExecution({ params: { id: first } })).rejects.toMatchObject({
      status: 400,
      body: { data: { error: 'Validation error' } },
    })
    const unknown = { params: { id: crypto.randomUUID() } }
    await expect(stage.owner.cancelExecution(unknown)).rejects.toMatchObject({ status: 404 })
    // The places of those that were broken off are free again.
    const [next = ''] = await stage.run({ promptText: 'Next', providerModel: [gpt] })
    await stage.until(next, 'completed')
  })

  it.each([
    { fake: 'openai', names: [gpt] },
    { fake: 'google', names: ['gemini:gemini-2.5-flash', 'google:gemini-2.5-flash'] },
  ] as const)('asks $fake no more than so many questions at a time', async ({ fake, names }) => {
    const provider = stage.stage.fakes[fake]
    let inHand = 0
    let most = 0
    provider.always({
      type: 'reply',
      pause: async (index) => {
        if (index > 0) {
          inHand -= 1
          return
        }
        inHand += 1
        most = Math.max(most, inHand)
        await new Promise((resolve) => setTimeout(resolve, 20))
      },
    })
    const providerModel = Array.from(
      { length: 12 },
      (_, index) => names[index % names.length] ?? gpt,
    )
    const ids = await stage.run({ promptText: 'Many', providerModel })
    await Promise.all(ids.map((id) => stage.until(id, 'completed')))
    provider.always({ type: 'reply' })
    expect(most).toBe(2)
  })

  it('counts what is made with a key on that key, and ends with its budget', async () => {
    const software = await stage.keyed({ budgetUsd: 1e-9 })
    const body = { promptText: 'Hi', providerModel: [gpt] }
    const [first = ''] = await stage.run(body, software)
    expect(await stage.until(first, 'completed')).toMatchObject({ origin: 'api' })
    const [second = ''] = await stage.run(body, software)
    const failed = await stage.until(second, 'failed')
    expect(failed.error_message).toContain('has used up its budget')
  })

  it('waits for the next minute when a key has made its requests of this one', async () => {
    const software = await stage.keyed({ requestsPerMinute: 1 })
    const body = { promptText: 'Hi', providerModel: [gpt] }
    const [first = ''] = await stage.run(body, software)
    await stage.until(first, 'completed')
    const asked = openai().requests.length
    const [second = ''] = await stage.run(body, software)
    const scheduledAt = await vi.waitFor(async () => {
      const job = await stage.jobOf(second)
      if (job.scheduled_at <= job.created_at) throw new Error('It was not put off yet')
      return job.scheduled_at
    }, 5000)
    expect(scheduledAt).toBeGreaterThan(stage.context.clock.nowSeconds())
    expect(await stage.get(second)).toMatchObject({ status: 'pending' })
    expect(openai().requests).toHaveLength(asked)
    await stage.owner.cancelExecution({ params: { id: second } })
  })

  it('fails what was made with a key that is revoked before it runs', async () => {
    const ctx = { ...stage.context, caller: localCaller() }
    const scopes = ['executions:run'] as const
    const made = await createApiKey(ctx, { name: 'short-lived', scopes, expiresAt: null })
    const software = stage.as(made.secret)
    openai().next({ type: 'hang' }, { type: 'hang' })
    const asked = openai().requests.length
    const hanging = await stage.run({ promptText: 'Wait', providerModel: [gpt, gpt] })
    await openai().untilAsked(asked + 2)
    const [id = ''] = await stage.run({ promptText: 'Hi', providerModel: [gpt] }, software)
    await revokeApiKey(ctx, made.key.id)
    for (const one of hanging) await stage.owner.cancelExecution({ params: { id: one } })
    expect((await stage.until(id, 'failed')).error_message).toContain('was revoked')
  })

  it('refuses before anything is made', async () => {
    const promptId = await stage.prompt({ options: { acceptFileUpload: true } })
    const plainId = await stage.prompt()
    const emptyId = await stage.group([])
    const providerModel = [gpt]
    const nobody = crypto.randomUUID()
    const largeId = await stage.group(Array.from({ length: 8 }, () => 'x'.repeat(1_000_000)))
    const long = 'x'.repeat(1_000_000)
    const tenTimes = Array.from({ length: 10 }, () => gpt)
    const { body: before } = await stage.owner.getExecutionStats()
    const refusals = await Promise.all([
      refusalOf({ promptId: nobody, userInput: '', providerModel }),
      refusalOf({ promptId: plainId, promptVersion: 7, userInput: '', providerModel }),
      refusalOf({ promptId: plainId, testDataGroupId: nobody, providerModel }),
      refusalOf({ promptId: plainId, testDataGroupId: emptyId, providerModel }),
      refusalOf({ promptId, userInput: '', providerModel }),
      refusalOf({ promptText: 'Hi', fileId: nobody, providerModel }),
      refusalOf({ promptText: 'Hi', providerModel: [gpt, 'nobody:model'] }),
      refusalOf({ promptText: 'Hi', testDataGroupId: emptyId, providerModel }),
      refusalOf({ promptText: 'Hi', providerModel: Array.from({ length: 10_001 }, () => gpt) }),
      refusalOf({ promptId: plainId, testDataGroupId: largeId, providerModel: tenTimes }),
      refusalOf({ promptText: long, providerModel: Array.from({ length: 100 }, () => gpt) }),
      refusalOf({
        promptText: 'Hi',
        options: { long },
        providerModel: Array.from({ length: 100 }, () => gpt),
      }),
    ])
    const { body: after } = await stage.owner.getExecutionStats()
    expect(after.data.total).toBe(before.data.total)
    expect(refusals).toMatchObject(
      [404, 404, 404, ...Array.from({ length: 9 }, () => 400)].map((status) => ({ status })),
    )
    expect(await stage.run({ promptText: 'Hi', providerModel: [] })).toEqual([])
  })
})
