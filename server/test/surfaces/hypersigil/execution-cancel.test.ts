import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createExecutions } from '../../../src/features/executions/index.ts'
import { localCaller } from '../../../src/features/identity/index.ts'
import { attributesOf, getSpan } from '../../../src/features/traces/index.ts'
import { ExecutionStage } from './execution-stage.ts'

const gpt = 'openai:gpt-4o-mini'
const cancelledText = 'Execution cancelled by user'

describe.each(['sqlite', 'postgres'] as const)('Cancelled executions [%s]', (dialect) => {
  let stage: ExecutionStage
  beforeAll(async () => {
    stage = await ExecutionStage.open({ dialect, settings: { executionsPerProvider: 1 } })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const openai = () => stage.stage.fakes.openai
  const untilJob = (id: string, status: string) =>
    vi.waitFor(async () => expect((await stage.jobOf(id)).status).toBe(status), 10_000)
  /** Ends it as somebody does of whom this process has not heard yet. */
  const endElsewhere = async (id: string, { tellsJob }: { readonly tellsJob: boolean }) => {
    const { id: jobId } = await stage.jobOf(id)
    await stage.context.db.write(async (tx) => {
      if (tellsJob) {
        await tx.db.updateTable('jobs').set({ is_cancelled: 1 }).where('id', '=', jobId).execute()
      }
      await tx.db
        .updateTable('executions')
        .set({ status: 'failed', error_message: cancelledText })
        .where('id', '=', id)
        .execute()
    })
  }
  const held = async (given: Partial<Parameters<typeof createExecutions>[1]> = {}) => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    openai().next({ type: 'reply', pause: () => answered })
    const asked = openai().requests.length
    const ctx = { ...stage.context, caller: localCaller() }
    const made = await createExecutions(ctx, { promptText: 'Wait', models: [gpt], ...given })
    await openai().untilAsked(asked + 1)
    return { id: made.ids[0] ?? '', answer }
  }

  it.each([{}, { webhookIds: ['receiver'] }])(
    'stay so when the answer comes before the word, and so does their job: %j',
    async (given) => {
      const { id, answer } = await held(given)
      await endElsewhere(id, { tellsJob: true })
      answer()
      await untilJob(id, 'terminated')
      expect(await stage.get(id)).toMatchObject({ status: 'failed', error_message: cancelledText })
    },
  )

  it('are not begun any more, and their job ends with them', async () => {
    const { id: first, answer } = await held()
    const [id = ''] = await stage.run({ promptText: 'Never', providerModel: [gpt] })
    await endElsewhere(id, { tellsJob: false })
    const asked = openai().requests.length
    answer()
    await stage.until(first, 'completed')
    await untilJob(id, 'terminated')
    expect(openai().requests).toHaveLength(asked)
  })

  it('lead to the call that was broken off', async () => {
    openai().next({ type: 'hang' })
    const asked = openai().requests.length
    const [id = ''] = await stage.run({ promptText: 'Wait', providerModel: [gpt] })
    await openai().untilAsked(asked + 1)
    await stage.owner.cancelExecution({ params: { id } })
    await untilJob(id, 'terminated')
    const { span_id: spanId = '' } = await stage.get(id)
    const span = await getSpan({ ...stage.context, caller: localCaller() }, spanId)
    expect(span).toMatchObject({ status: 'error' })
    expect(attributesOf(span)).toMatchObject({ 'execution.id': id })
  })
})
