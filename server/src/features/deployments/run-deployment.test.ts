import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useDeployments } from '../../../test/support/deployments.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import { ExecutionEnds, executionJobs, getExecution } from '../executions/index.ts'
import { uploadFile } from '../files/index.ts'
import { callerOfKey, createApiKey } from '../identity/index.ts'
import { attributesOf, getSpan } from '../traces/index.ts'
import { createDestination } from '../webhooks/index.ts'
import { createDeployment, updateDeployment } from './change-deployments.ts'
import { runDeployment } from './run-deployment.ts'

const signal = new AbortController().signal

describeEachDatabase('A run of a deployment', (store) => {
  const deliveries = { name: 'webhook-delivery', read: (data: unknown) => data, bound: 0 }
  const { contextOf, promptOf, fakeOf } = useDeployments(store, (powers) => [
    executionJobs(powers),
    { ...deliveries, run: async () => null },
  ])
  let promptId: string
  beforeAll(async () => {
    promptId = await promptOf('Be polite', 'Be rude')
  })

  const deployed = (more: object = {}) =>
    createDeployment(contextOf(), {
      name: `d-${randomUUID()}`,
      promptId,
      promptVersion: 1,
      provider: 'openai',
      model: 'gpt-4o-mini',
      options: { temperature: 0.25 },
      webhookIds: null,
      ...more,
    })
  const run = { userInput: 'Hello', traceLabel: 'visit 7' }
  const wait = { seconds: 30, signal }

  it('asks by the version that is named, and is an execution of the deployment', async () => {
    const ctx = contextOf()
    const { id, name } = await deployed()
    const { executionId, execution } = await runDeployment(ctx, name, { run, wait })
    expect(execution).toMatchObject({
      id: executionId,
      status: 'completed',
      promptId,
      promptVersion: 1,
      traceLabel: 'visit 7',
      deploymentId: id,
      deploymentRevision: 1,
      optionsJson: '{"temperature":0.25}',
    })
    const asked = fakeOf('openai').requests.at(-1)
    expect(asked?.text).toContain('Be polite')
    expect(asked?.body).toMatchObject({ temperature: 0.25 })
    const span = await getSpan(ctx, execution?.spanId ?? '')
    expect(attributesOf(span)).toMatchObject({
      'deployment.id': id,
      'deployment.name': name,
      'deployment.revision': 1,
      'prompt.id': promptId,
      'prompt.version': 1,
    })
    await updateDeployment(ctx, id, { promptVersion: 2 })
    const later = await runDeployment(ctx, name, { run, wait })
    expect(later.execution).toMatchObject({ promptVersion: 2, deploymentRevision: 2 })
    expect(fakeOf('openai').requests.at(-1)?.text).toContain('Be rude')
  })

  it('goes on when nobody waits for it any more', async () => {
    const ctx = contextOf()
    const { name } = await deployed()
    const answer = Promise.withResolvers<void>()
    fakeOf('openai').always({ type: 'reply', pause: () => answer.promise })
    const late = await runDeployment(ctx, name, { run, wait: { seconds: 1, signal } })
    expect(late).toEqual({ executionId: late.executionId })
    const leaving = new AbortController()
    const waiting = runDeployment(ctx, name, { run, wait: { ...wait, signal: leaving.signal } })
    leaving.abort()
    const left = await waiting
    expect(left).toEqual({ executionId: left.executionId })
    answer.resolve()
    for (const { executionId } of [late, left]) {
      await vi.waitFor(
        async () => {
          const execution = await getExecution(ctx, executionId)
          expect(execution.status).toBe('completed')
        },
        { timeout: 20_000 },
      )
    }
  })

  it('is waited for no longer when the server stops', async () => {
    const executionEnds = new ExecutionEnds()
    const ctx = contextOf({ executionEnds })
    const { name } = await deployed()
    const answer = Promise.withResolvers<void>()
    const asked = fakeOf('openai').requests.length
    fakeOf('openai').next({ type: 'reply', pause: () => answer.promise })
    const waiting = runDeployment(ctx, name, { run, wait })
    await fakeOf('openai').untilAsked(asked + 1)
    executionEnds.endWaits()
    expect(Object.keys(await waiting)).toEqual(['executionId'])
    answer.resolve()
  })

  it('tells the webhooks that were named when it was made', async () => {
    const ctx = contextOf()
    const said = { name: 'receiver', url: 'https://receiver.example/hook' }
    const { id } = await createDestination(ctx, said)
    const { name } = await deployed({ webhookIds: [id] })
    const { executionId } = await runDeployment(ctx, name, { run, wait })
    const rows = await ctx.db.read((tx) =>
      tx.db
        .selectFrom('webhook_deliveries')
        .select('body')
        .where('destination_id', '=', id)
        .execute(),
    )
    const event = 'webhook.deployment.execution'
    expect(rows.map(({ body }): unknown => JSON.parse(body))).toEqual([
      { event, executionId, status: 'completed' },
    ])
  })

  it('needs nothing but the one scope, by a key too', async () => {
    const ctx = contextOf()
    const { name } = await deployed()
    const scopes = ['deployments:run'] as const
    const { key } = await createApiKey(ctx, { name: 'k', scopes, expiresAt: null })
    const caller = await callerOfKey(ctx, key.id)
    if (caller === undefined) throw new Error('The key is new')
    const byKey = await runDeployment({ ...ctx, caller }, name, { run, wait })
    expect(byKey.execution).toMatchObject({ status: 'completed', origin: 'api' })
    const other = callerWith('executions:run', 'deployments:manage', 'prompts:read')
    const refused = runDeployment({ ...ctx, caller: other }, name, { run })
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('shows the model a file, which the key that runs it need not be able to read', async () => {
    const ctx = contextOf()
    await using workroom = new Workroom((error) => {
      throw error
    })
    const data = Buffer.from('89504e470d0a1a0a', 'hex')
    const file = await uploadFile(
      { ...ctx, workroom },
      {
        name: 'picture',
        originalName: 'p.png',
        mimeType: 'image/png',
        sizeBytes: data.length,
        data: data.toString('base64'),
        description: null,
        tags: null,
      },
    )
    const { name } = await deployed()
    const caller = callerWith('deployments:run')
    const withFile = { ...run, fileId: file.id }
    const { execution } = await runDeployment({ ...ctx, caller }, name, { run: withFile, wait })
    expect(execution).toMatchObject({ status: 'completed', fileId: file.id })
    expect(fakeOf('openai').requests.at(-1)?.text).toContain('image/png')
  })

  it('is refused where the name, the input or what it names is not there', async () => {
    const ctx = contextOf()
    const missing = runDeployment(ctx, 'nothing', { run })
    await expect(missing).rejects.toMatchObject({ code: 'not-found' })
    const { name } = await deployed()
    const noFile = runDeployment(ctx, name, { run: { ...run, fileId: randomUUID() } })
    await expect(noFile).rejects.toMatchObject({ code: 'invalid' })
  })
})
