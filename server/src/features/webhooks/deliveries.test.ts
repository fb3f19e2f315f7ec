import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { isSignedWith } from '../../../test/support/webhook-receiver.ts'
import { sampleEvent, serverKey, WebhookStage } from '../../../test/support/webhook-stage.ts'
import { networkTest } from '../../platform/http/networks.ts'
import type { UpstreamOptions } from '../../platform/upstream/open-upstream.ts'
import { deleteDestination, notifyIn } from './index.ts'

describeEachDatabase('Deliveries to webhooks', (store) => {
  let hooks: WebhookStage
  beforeAll(async () => {
    hooks = await WebhookStage.open(store.location)
  })
  afterEach(() => hooks.clear())
  afterAll(() => hooks[Symbol.asyncDispose]())

  it('are signed, carry what is told, and end with their job', async () => {
    await hooks.begin()
    const { receiver } = hooks
    const id = await hooks.add()
    await hooks.notify(id, id)
    const delivery = await hooks.until({ status: 'delivered' })
    expect(delivery).toMatchObject({
      destinationId: id,
      url: `${receiver.url}/hook?x=1`,
      event: sampleEvent,
      attempts: 1,
      lastStatus: 200,
      lastError: null,
      executionId: 'e1',
    })
    expect(receiver.received).toHaveLength(1)
    const [got] = receiver.received
    expect(got).toMatchObject({
      method: 'POST',
      path: '/hook?x=1',
      text: '{"event":"webhook.deployment.execution","executionId":"e1","status":"completed"}',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hypersigil-Webhook/1.0',
        'x-hypersigil-webhook-id': delivery.jobId,
      },
    })
    expect(got?.headers['x-hypersigil-timestamp']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/u)
    expect(got && isSignedWith(got, serverKey)).toBe(true)
    expect(got && isSignedWith(got, `${serverKey}.`)).toBe(false)
    expect(await hooks.stage.job(delivery.jobId)).toMatchObject({
      status: 'completed',
      result: { status: 200 },
    })
  })

  it('are signed with the key of the destination, if it has one', async () => {
    await hooks.begin()
    const secret = 'of this receiver only'
    const url = hooks.receiver.url.replace('//', '//user:pass%20word@')
    await hooks.notify(await hooks.add({ secret, url }))
    const { url: noted } = await hooks.until({ status: 'delivered' })
    const [got] = hooks.receiver.received
    expect(got && isSignedWith(got, secret)).toBe(true)
    expect(noted).toBe(`${hooks.receiver.url}/`)
    expect(got?.headers.authorization).toBe(`Basic ${btoa('user:pass word')}`)
  })

  it('are tried eight times after 5, 25, 125 and 300 seconds, under one id', async () => {
    const clock = standingClock()
    await hooks.begin({ clock })
    const { receiver, stage } = hooks
    receiver.answers.push(...Array.from({ length: 8 }, () => 500))
    await hooks.notify(await hooks.add())
    const waits: number[] = []
    for (let attempts = 1; attempts < 8; attempts += 1) {
      const so = { attempts, status: 'pending', lastError: 'http: status 500' } as const
      const { jobId } = await hooks.until(so)
      await hooks.untilJob(jobId, 'retrying')
      const wait = ((await stage.job(jobId)).nextRetryAt ?? 0) - clock.now
      waits.push(wait)
      clock.now += wait
      hooks.jobs.wake()
    }
    const { jobId } = await hooks.until({ attempts: 8, status: 'failed', lastStatus: 500 })
    expect(waits).toEqual([5, 25, 125, 300, 300, 300, 300])
    expect(await stage.job(jobId)).toMatchObject({
      status: 'failed',
      error: 'The webhook was not delivered: http: status 500',
    })
    expect(receiver.received.every((one) => isSignedWith(one, serverKey))).toBe(true)
    const seen = (name: string) => new Set(receiver.received.map(({ headers }) => headers[name]))
    expect(seen('x-hypersigil-webhook-id')).toEqual(new Set([jobId]))
    expect(seen('x-hypersigil-timestamp').size).toBe(8)
  })

  it('arrive at the second attempt, in real time', async () => {
    await hooks.begin({ retryDelayMs: 20 })
    hooks.receiver.answers.push(500, 201)
    await hooks.notify(await hooks.add())
    const { jobId } = await hooks.until({ status: 'delivered', attempts: 2, lastStatus: 201 })
    expect(hooks.receiver.received).toHaveLength(2)
    expect(await hooks.stage.job(jobId)).toMatchObject({ status: 'completed', attempts: 1 })
  })

  it.each([204, 202, 404])('fail with an answer of %i', async (status) => {
    await hooks.begin()
    hooks.receiver.answers.push(status)
    await hooks.notify(await hooks.add())
    const delivery = await hooks.until({ attempts: 1, lastStatus: status })
    expect(delivery).toMatchObject({ status: 'pending', lastError: `http: status ${status}` })
  })

  it('follow no redirect', async () => {
    await hooks.begin()
    const { receiver } = hooks
    receiver.answers.push((response) =>
      response.writeHead(302, { location: `${receiver.url}/other` }).end(),
    )
    await hooks.notify(await hooks.add())
    await hooks.until({ attempts: 1, lastError: 'http: status 302; redirects are not followed' })
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook?x=1'])
  })

  it('keep none waiting beside a receiver that hangs', async () => {
    await hooks.begin({ timeoutMs: 60_000 })
    const slow = await hooks.another()
    slow.answers.push(() => undefined)
    const [hanging, quick] = [await hooks.add({ url: slow.url }), await hooks.add()]
    await hooks.notify(hanging)
    await vi.waitFor(() => expect(slow.received).toHaveLength(1), 5000)
    await hooks.notify(quick)
    await vi.waitFor(async () => {
      const states = (await hooks.all()).map((one) => [one.destinationId, one.status, one.attempts])
      expect(states).toContainEqual([quick, 'delivered', 1])
      expect(states).toContainEqual([hanging, 'pending', 0])
    }, 5000)
  })

  it('say that there was no answer in time', async () => {
    await hooks.begin({ timeoutMs: 150, retryDelayMs: 20 })
    hooks.receiver.answers.push(
      () => undefined,
      (response) => response.writeHead(200).write('and then nothing'),
    )
    await hooks.notify(await hooks.add())
    const late = await hooks.until({ attempts: 1 })
    expect(late).toMatchObject({
      lastStatus: null,
      lastError: 'timeout: no answer in 0.15 seconds',
    })
    // What is said after the status does not matter.
    const heard = await hooks.until({ attempts: 2 })
    expect(heard).toMatchObject({ status: 'delivered', lastStatus: 200, lastError: null })
  })

  it('say what went wrong with the connection', async () => {
    await hooks.begin()
    const closed = await hooks.another()
    const url = `${closed.url}/?token=x`
    await closed[Symbol.asyncDispose]()
    await hooks.notify(await hooks.add({ url }))
    const { lastError } = await hooks.until({ attempts: 1, lastStatus: null })
    expect(lastError).toBe('connection: the connection was refused (ECONNREFUSED)')
  })

  it('are not made by a transaction that is undone', async () => {
    await hooks.begin()
    const id = await hooks.add()
    const undone = hooks.stage.db.write(async (tx) => {
      await notifyIn(tx, hooks.owner, hooks.noticeTo(id))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await hooks.all()).toEqual([])
    expect(await hooks.stage.jobsOf('webhook-delivery')).toEqual([])
    await hooks.notify(id)
    await hooks.until({ status: 'delivered' })
    expect(hooks.receiver.received).toHaveLength(1)
  })

  it('end and say why where nobody is to be told', async () => {
    await hooks.begin()
    const [gone, off] = [await hooks.add(), await hooks.add({ isActive: false })]
    await deleteDestination(hooks.owner, gone)
    await hooks.notify(gone, off, 'never was')
    await vi.waitFor(async () => {
      const ends = (await hooks.all()).map((one) => [one.destinationId, one.status, one.lastError])
      const missing = 'The webhook destination does not exist'
      expect(ends).toContainEqual([gone, 'failed', missing])
      expect(ends).toContainEqual(['never was', 'failed', missing])
      expect(ends).toContainEqual([off, 'failed', 'The webhook destination is not active'])
    }, 5000)
    for (const { jobId } of await hooks.all()) {
      expect(await hooks.stage.job(jobId)).toMatchObject({ status: 'terminated' })
    }
    expect(hooks.receiver.received).toEqual([])
  })

  it('may be tests of any address', async () => {
    await hooks.begin()
    const { url } = hooks.receiver
    const make = (data: unknown) =>
      hooks.stage.make(hooks.jobs, { type: 'webhook-delivery', data, maxAttempts: 1 })
    await make({ url })
    await vi.waitFor(async () => expect(await hooks.all()).toHaveLength(1), 5000)
    const { jobId, bodyJson } = await hooks.until({ status: 'delivered', event: 'webhook.test' })
    const [got] = hooks.receiver.received
    expect(got && isSignedWith(got, serverKey)).toBe(true)
    expect(got?.headers['x-hypersigil-webhook-id']).toBe(jobId)
    expect(got?.text).toBe(bodyJson)
    expect(JSON.parse(bodyJson)).toEqual({ event: 'webhook.test', time: expect.any(String) })
    for (const wrong of [{ url: 'ftp://x' }, { url: 'http://me:too@x' }, {}, null]) {
      await expect(make(wrong)).rejects.toMatchObject({ code: 'invalid' })
    }
  })

  const inside =
    'network: the address is inside a network that only --allow-private-addresses opens (ERR_INSIDE_ADDRESS)'
  const resolve: UpstreamOptions['resolve'] = (_name, _options, done) =>
    done(null, [{ address: '127.0.0.1', family: 4 }])

  it.each([
    ['an address', '127.0.0.1'],
    ['a name', 'hooks.test'],
  ])('go to %s inside only where no login is required', async (_, host) => {
    await hooks.begin({ upstream: { resolve } })
    hooks.rules.guardsAddresses = true
    await hooks.notify(await hooks.add({ url: `http://${host}:${hooks.receiver.port}/` }))
    const { lastError } = await hooks.until({ attempts: 1, lastStatus: null })
    expect(lastError).toBe(inside)
    expect(hooks.receiver.received).toEqual([])
  })

  it('go inside where the operator allows it', async () => {
    const isAllowedInside = networkTest(['loopback'])
    await hooks.begin({ upstream: { resolve, isAllowedInside } })
    hooks.rules.guardsAddresses = true
    await hooks.notify(await hooks.add({ url: `http://hooks.test:${hooks.receiver.port}/` }))
    await hooks.until({ status: 'delivered' })
    expect(hooks.receiver.received).toHaveLength(1)
  })
})
