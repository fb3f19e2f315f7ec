import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { sampleEvent as event, WebhookStage } from '../../../test/support/webhook-stage.ts'
import {
  deliveryCleanUpJobs,
  getDelivery,
  listDeliveries,
  replayDelivery,
  updateDestination,
} from './index.ts'

describeEachDatabase('What was sent to webhooks', (store) => {
  let hooks: WebhookStage
  beforeAll(async () => {
    hooks = await WebhookStage.open(store.location)
  })
  afterEach(() => hooks.clear())
  afterAll(() => hooks[Symbol.asyncDispose]())

  it('is sent again as a delivery of its own, to where the destination is now', async () => {
    await hooks.begin()
    const { receiver, owner } = hooks
    const id = await hooks.add()
    await hooks.notify(id)
    const first = await hooks.until({ status: 'delivered' })
    await updateDestination(owner, id, { url: `${receiver.url}/moved` })
    const again = await replayDelivery(owner, first.id)
    expect(again).toMatchObject({ status: 'pending', attempts: 0, bodyJson: first.bodyJson, event })
    expect(again.jobId).not.toBe(first.jobId)
    await hooks.untilJob(again.jobId, 'completed')
    expect(await getDelivery(owner, again.id)).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(await getDelivery(owner, first.id)).toEqual(first)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook?x=1', '/moved'])
    const ids = receiver.received.map(({ headers }) => headers['x-hypersigil-webhook-id'])
    expect(ids).toEqual([first.jobId, again.jobId])
    expect((await hooks.stage.job(again.jobId)).maxAttempts).toBe(8)
  })

  it('is not sent again by its own job', async () => {
    await hooks.begin()
    await hooks.notify(await hooks.add())
    const { id, jobId } = await hooks.until({ status: 'delivered' })
    await hooks.untilJob(jobId, 'completed')
    await hooks.stage.db.write((tx) => tx.db.deleteFrom('jobs').execute())
    const data = { deliveryId: id }
    await hooks.stage.make(hooks.jobs, { id: jobId, type: 'webhook-delivery', data })
    await hooks.untilJob(jobId, 'completed')
    expect(hooks.receiver.received).toHaveLength(1)
  })

  it('ends when its job is cancelled, and goes on when that is tried again', async () => {
    await hooks.begin()
    hooks.receiver.answers.push(500)
    await hooks.notify(await hooks.add())
    const { jobId } = await hooks.until({ attempts: 1 })
    await hooks.untilJob(jobId, 'retrying')
    await hooks.stage.db.write((tx) => hooks.jobs.cancelIn(tx, jobId))
    const cancelled = await hooks.until({ status: 'failed' })
    expect(cancelled.lastError).toBe('The job was cancelled')
    await hooks.stage.db.write((tx) => hooks.jobs.retryIn(tx, jobId))
    const sent = await hooks.until({ status: 'delivered' })
    expect(sent).toMatchObject({ attempts: 2, lastError: null })
  })

  it('is found by what is asked of it, the newest first', async () => {
    await hooks.begin()
    const [one, two] = [await hooks.add(), await hooks.add()]
    await hooks.notify(one)
    await hooks.until({ status: 'delivered' })
    hooks.receiver.answers.push(500)
    await hooks.notify(two)
    const find = async (filter: object) => {
      const query = { limit: 1, offset: 0, ...filter }
      const { deliveries, total } = await listDeliveries(hooks.owner, query)
      return [total, ...deliveries.map(({ destinationId }) => destinationId)]
    }
    expect(await find({})).toEqual([2, two])
    expect(await find({ offset: 1 })).toEqual([2, one])
    expect(await find({ status: 'pending' })).toEqual([1, two])
    expect(await find({ destinationId: one })).toEqual([1, one])
    expect(await find({ executionId: 'e1', event })).toEqual([2, two])
    expect(await find({ event: 'webhook.test' })).toEqual([0])
  })

  it('is forgotten after 30 days, if it has ended', async () => {
    const clock = standingClock()
    await hooks.begin({ clock })
    await hooks.notify(await hooks.add())
    await hooks.until({ status: 'delivered' })
    hooks.receiver.answers.push(500)
    await hooks.notify(await hooks.add())
    await vi.waitFor(async () => {
      expect((await hooks.all()).map(({ attempts }) => attempts)).toEqual([1, 1])
    }, 5000)
    clock.now += 31 * 86_400
    await hooks.notify('never was')
    const { db } = hooks.stage
    const cleaner = hooks.stage.engine([deliveryCleanUpJobs({ db, clock })], { clock })
    const [id = ''] = await hooks.stage.make(cleaner, { type: 'webhook-cleanup', data: null })
    await hooks.untilJob(id, 'completed')
    expect((await hooks.stage.job(id)).result).toEqual({ deleted: 1 })
    expect(await hooks.all()).toHaveLength(2)
  })

  it('is for nobody without the scope', async () => {
    await hooks.begin()
    const stranger = hooks.as(callerWith('jobs:manage', 'settings:manage'))
    const page = { limit: 1, offset: 0 }
    const refused = { code: 'forbidden' }
    await expect(listDeliveries(stranger, page)).rejects.toMatchObject(refused)
    await expect(getDelivery(stranger, 'x')).rejects.toMatchObject(refused)
    await expect(replayDelivery(stranger, 'x')).rejects.toMatchObject(refused)
    await expect(getDelivery(hooks.owner, 'x')).rejects.toMatchObject({ code: 'not-found' })
    await expect(replayDelivery(hooks.owner, 'x')).rejects.toMatchObject({ code: 'not-found' })
  })
})
