import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { providerKey } from '../../../test/support/completion-context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { useDeployments } from '../../../test/support/deployments.ts'
import { fakeVector } from '../../../test/support/fake-provider/embeddings.ts'
import { jobWriter } from '../../../test/support/job-writers.ts'
import { callerOfKey, createApiKey, localCaller, revokeApiKey } from '../identity/index.ts'
import { listJobs } from '../jobs/index.ts'
import { attributesOf, getSpan } from '../traces/index.ts'
import { createDestination } from '../webhooks/index.ts'
import {
  createEmbeddingDeployment,
  deleteEmbeddingDeployment,
  getEmbeddingDeployment,
  listEmbeddingDeployments,
  updateEmbeddingDeployment,
} from './embedding-deployments.ts'
import { embeddingJobs } from './embedding-job.ts'
import {
  runEmbeddingDeployment,
  type EmbeddingWait,
  type StartedEmbedding,
} from './start-embedding.ts'

describeEachDatabase('Deployments for embeddings', (store) => {
  const deliveries = { name: 'webhook-delivery', read: (data: unknown) => data, bound: 0 }
  const stage = useDeployments(store, (ctx) => [
    embeddingJobs(ctx),
    { ...deliveries, run: async () => null },
  ])
  const { contextOf, fakeOf } = stage

  const given = (more: object = {}) => ({
    name: `e-${randomUUID()}`,
    model: 'voyage-3.5',
    inputType: null,
    webhookIds: [],
    ...more,
  })
  const destination = async () => {
    const said = { name: 'receiver', url: 'https://receiver.example/hook' }
    return (await createDestination(contextOf(), said)).id
  }
  const jobIn = (id: string, ...statuses: readonly string[]) =>
    vi.waitFor(
      async () => {
        const job = await stage.stage.job(id)
        expect(statuses).toContain(job.status)
        return job
      },
      { timeout: 20_000 },
    )
  const waiting = (more: Partial<EmbeddingWait> = {}): EmbeddingWait => {
    const { signal } = new AbortController()
    return { seconds: 30, signal, writer: jobWriter, ...more }
  }
  const textOf = (ended: StartedEmbedding['ended']) => Buffer.from(ended?.text ?? '').toString()
  const told = (destinationId: string) =>
    contextOf().db.read((tx) =>
      tx.db
        .selectFrom('webhook_deliveries')
        .select('body')
        .where('destination_id', '=', destinationId)
        .execute(),
    )

  it('turn texts into vectors that stay in their job, and are told', async () => {
    const ctx = contextOf()
    const webhook = await destination()
    const said = given({ inputType: 'query', webhookIds: [webhook] })
    const { id, name } = await createEmbeddingDeployment(ctx, said)
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: ['Hi', 'you'] })
    const embeddings = [fakeVector(0), fakeVector(1)]
    expect(await jobIn(jobId, 'completed', 'failed')).toMatchObject({
      type: 'generate-embedding',
      status: 'completed',
      priority: 2,
      maxAttempts: 3,
      result: { embeddings, model: 'voyage-3.5', usage: { inputTokens: 10 } },
    })
    const request = fakeOf('openai').requests.at(-1)
    expect(request?.path).toMatch(/\/embeddings$/u)
    expect(request?.body).toEqual({
      model: 'voyage-3.5',
      input: ['Hi', 'you'],
      input_type: 'query',
    })
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${providerKey}`,
      'idempotency-key': jobId,
    })
    const event = 'webhook.deployment.embedding'
    const [delivery] = await told(webhook)
    expect(JSON.parse(delivery?.body ?? '')).toEqual({
      event,
      status: 'success',
      jobId,
      embeddings,
    })
    const span = await contextOf().db.read((tx) =>
      tx.db
        .selectFrom('spans')
        .select('span_id')
        .where('name', '=', 'embeddings voyageai/voyage-3.5')
        .orderBy('start_time', 'desc')
        .executeTakeFirstOrThrow(),
    )
    expect(attributesOf(await getSpan(ctx, span.span_id))).toMatchObject({
      'deployment.id': id,
      'deployment.name': name,
      'llm.embeddings.count': 2,
    })
  })

  it('take any model of a connection', async () => {
    const ctx = contextOf()
    const said = given({ model: 'google/gemini-embedding-001', inputType: 'document' })
    const { name } = await createEmbeddingDeployment(ctx, said)
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    const { result } = await jobIn(jobId, 'completed')
    expect(result).toMatchObject({ embeddings: [fakeVector(0)] })
    expect(fakeOf('google').requests.at(-1)?.text).toContain('RETRIEVAL_DOCUMENT')
  })

  it('keep vectors of many megabytes, which lists of jobs leave out', async () => {
    const ctx = contextOf()
    const { name } = await createEmbeddingDeployment(ctx, given())
    const embedding = Array.from({ length: 1024 }, (_, at) => Math.sin(at + 1))
    const data = Array.from({ length: 100 }, (_, index) => ({ index, embedding }))
    const usage = { total_tokens: 5 }
    const body = JSON.stringify({ object: 'list', data, model: 'voyage-3.5', usage })
    fakeOf('openai').next({ type: 'raw', body })
    const inputs = Array.from({ length: 100 }, () => 'x'.repeat(12_000))
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs })
    const { result } = await jobIn(jobId, 'completed', 'failed')
    expect(result).toMatchObject({ embeddings: data.map(() => embedding) })
    const page = { direction: 'desc', orderBy: 'created_at', limit: 10, offset: 0 } as const
    const { jobs } = await listJobs(ctx, { ...page, search: jobId })
    expect(jobs).toMatchObject([{ id: jobId, status: 'completed', data: null, result: undefined }])
  })

  it('try again when the provider has too much to do', async () => {
    const ctx = contextOf()
    const webhook = await destination()
    const { name } = await createEmbeddingDeployment(ctx, given({ webhookIds: [webhook] }))
    fakeOf('openai').always({ type: 'status', status: 429, message: 'too many' })
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    const job = await jobIn(jobId, 'retrying', 'failed')
    expect(job).toMatchObject({ status: 'retrying', error: expect.stringMatching(/429/u) })
    expect(await told(webhook)).toEqual([])
  })

  it('fail at once with what the provider refuses, and say so', async () => {
    const ctx = contextOf()
    const webhook = await destination()
    const { name } = await createEmbeddingDeployment(ctx, given({ webhookIds: [webhook] }))
    fakeOf('openai').next({ type: 'status', status: 400, message: 'no such model' })
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    const job = await jobIn(jobId, 'failed', 'retrying')
    expect(job).toMatchObject({ status: 'failed', error: expect.stringMatching(/no such model/u) })
    const [delivery] = await told(webhook)
    expect(JSON.parse(delivery?.body ?? '')).toEqual({
      event: 'webhook.deployment.embedding',
      status: 'error',
      jobId,
      error: job.error,
    })
  })

  it.each([
    ['a thousand texts', 'voyage-3.5-lite', Array.from({ length: 1001 }, () => 'x')],
    ['what its model reads', 'voyage-law-2', ['x', ' '.repeat(119_999)]],
    ['what an unknown model is thought to read', 'openai/some', [' '.repeat(320_000)]],
  ])('take no more than %s', async (_what, model, inputs) => {
    const ctx = contextOf()
    const { name } = await createEmbeddingDeployment(ctx, given({ model }))
    const refusal = { code: 'invalid', details: { param: 'inputs' } }
    await expect(runEmbeddingDeployment(ctx, name, { inputs })).rejects.toMatchObject(refusal)
  })

  it('run by a key that may do nothing else, while it stands', async () => {
    const ctx = contextOf()
    const { name } = await createEmbeddingDeployment(ctx, given())
    const scopes = ['embeddings:run'] as const
    const { key } = await createApiKey(ctx, { name: 'k', scopes, expiresAt: null })
    const caller = await callerOfKey(ctx, key.id)
    if (caller === undefined) throw new Error('The key is new')
    const run = { inputs: 'Hi', wait: waiting() }
    const { jobId, ended } = await runEmbeddingDeployment({ ...ctx, caller }, name, run)
    expect(textOf(ended)).toMatch(`${jobId} completed`)
    expect(textOf(ended)).toContain(JSON.stringify({ embeddings: [fakeVector(0)] }).slice(1, -1))
    const asked = fakeOf('openai').requests.length
    await revokeApiKey({ ...ctx, caller: localCaller() }, key.id)
    const late = await runEmbeddingDeployment({ ...ctx, caller }, name, run)
    expect(textOf(late.ended)).toMatch(`${late.jobId} failed`)
    expect(await stage.stage.job(late.jobId)).toMatchObject({
      error: expect.stringMatching(/API key/u),
    })
    expect(fakeOf('openai').requests.length).toBe(asked)
  })

  it('say so when somebody ends them', async () => {
    const ctx = contextOf()
    const webhook = await destination()
    const { name } = await createEmbeddingDeployment(ctx, given({ webhookIds: [webhook] }))
    const asked = fakeOf('openai').requests.length
    fakeOf('openai').next({ type: 'hang' })
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    await fakeOf('openai').untilAsked(asked + 1)
    await ctx.db.write((tx) => ctx.jobs.cancelIn(tx, jobId))
    const { terminationReason: error } = await jobIn(jobId, 'terminated')
    const [delivery] = await told(webhook)
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({ status: 'error', jobId, error })
  })

  it('go on when nobody waits for them any more', async () => {
    const ctx = contextOf()
    const { name } = await createEmbeddingDeployment(ctx, given())
    const answer = Promise.withResolvers<void>()
    fakeOf('openai').next({ type: 'reply', pause: () => answer.promise })
    const wait = waiting({ seconds: 1 })
    const late = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi', wait })
    expect(late).toEqual({ jobId: late.jobId })
    answer.resolve()
    await jobIn(late.jobId, 'completed')
  })

  it('give word of their end, however they end', async () => {
    const ctx = contextOf()
    const { name } = await createEmbeddingDeployment(ctx, given())
    const answer = Promise.withResolvers<void>()
    fakeOf('openai').next({ type: 'reply', pause: () => answer.promise })
    const asked = fakeOf('openai').requests.length
    const { jobId } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    await fakeOf('openai').untilAsked(asked + 1)
    fakeOf('openai').next({ type: 'hang' })
    const { jobId: endless } = await runEmbeddingDeployment(ctx, name, { inputs: 'Hi' })
    for (const [id, end] of [
      [jobId, async () => answer.resolve()],
      [endless, () => ctx.db.write((tx) => ctx.jobs.cancelIn(tx, endless))],
    ] as const) {
      const word = Promise.withResolvers<void>()
      using _watching = ctx.jobs.watchEnd(id, word.resolve)
      await end()
      await word.promise
    }
    expect(await stage.stage.job(jobId)).toMatchObject({ status: 'completed' })
    expect(await stage.stage.job(endless)).toMatchObject({ status: 'terminated' })
  })

  it('are made, changed, found and deleted', async () => {
    const ctx = contextOf()
    const made = await createEmbeddingDeployment(ctx, given())
    expect(await getEmbeddingDeployment(ctx, 'name', made.name)).toEqual(made)
    const webhookIds = [await destination()]
    const changed = await updateEmbeddingDeployment(ctx, made.id, {
      model: 'ollama/nomic-embed-text',
      inputType: 'query',
      webhookIds,
    })
    expect(changed).toMatchObject({ name: made.name, inputType: 'query', webhookIds })
    expect(await getEmbeddingDeployment(ctx, 'id', made.id)).toEqual(changed)
    const page = { orderBy: 'name', order: 'asc', limit: 10, offset: 0 } as const
    const search = made.name.toUpperCase()
    const listed = await listEmbeddingDeployments(ctx, { ...page, search })
    expect(listed).toEqual({ deployments: [changed], total: 1 })
    await deleteEmbeddingDeployment(ctx, made.id)
    const missing = { code: 'not-found' }
    await expect(getEmbeddingDeployment(ctx, 'id', made.id)).rejects.toMatchObject(missing)
    await expect(deleteEmbeddingDeployment(ctx, made.id)).rejects.toMatchObject(missing)
    await expect(updateEmbeddingDeployment(ctx, made.id, {})).rejects.toMatchObject(missing)
    await expect(runEmbeddingDeployment(ctx, made.name, { inputs: 'Hi' })).rejects.toMatchObject(
      missing,
    )
  })

  it('have a name each, a model that leads somewhere and webhooks that are there', async () => {
    const ctx = contextOf()
    const { id, name } = await createEmbeddingDeployment(ctx, given())
    const again = createEmbeddingDeployment(ctx, given({ name }))
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    const odd = await createEmbeddingDeployment(ctx, given({ model: 'openai/a\0\ud800' }))
    expect(odd.model).toBe('openai/a\ufffd\ufffd')
    expect(await getEmbeddingDeployment(ctx, 'id', odd.id)).toEqual(odd)
    expect(await updateEmbeddingDeployment(ctx, id, { model: 'openai/\ud800' })).toMatchObject({
      model: 'openai/\ufffd',
    })
    for (const lack of [{ model: 'nowhere/x' }, { webhookIds: ['nowhere'] }]) {
      const refusal = { code: 'invalid' }
      await expect(createEmbeddingDeployment(ctx, given(lack))).rejects.toMatchObject(refusal)
      await expect(updateEmbeddingDeployment(ctx, id, lack)).rejects.toMatchObject(refusal)
    }
  })

  it('are read, changed and run by whoever may', async () => {
    const { id, name } = await createEmbeddingDeployment(contextOf(), given())
    const reader = contextOf({ caller: callerWith('prompts:read') })
    const manager = contextOf({ caller: callerWith('deployments:manage', 'deployments:run') })
    const page = { orderBy: 'name', order: 'asc', limit: 10, offset: 0 } as const
    for (const act of [
      () => createEmbeddingDeployment(reader, given()),
      () => updateEmbeddingDeployment(reader, id, {}),
      () => deleteEmbeddingDeployment(reader, id),
      () => runEmbeddingDeployment(manager, name, { inputs: 'Hi' }),
      () => getEmbeddingDeployment(manager, 'id', id),
      () => listEmbeddingDeployments(manager, page),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect(await getEmbeddingDeployment(reader, 'id', id)).toMatchObject({ name })
    await deleteEmbeddingDeployment(manager, id)
  })
})
