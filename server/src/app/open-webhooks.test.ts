import { expect, test, vi } from 'vitest'
import { startTestApp, type TestApp } from '../../test/support/app.ts'
import { isSignedWith, WebhookReceiver } from '../../test/support/webhook-receiver.ts'
import { listDeliveries } from '../features/webhooks/index.ts'
import { localCaller } from '../features/identity/index.ts'

/** Has the server try an address; gives what its log says once it is over. */
async function tryAddress({ app: { context } }: TestApp, url: string) {
  const job = { type: 'webhook-delivery', data: { url }, maxAttempts: 1 }
  const jobId = await context.db.write((tx) => context.jobs.enqueue(tx, job))
  return vi.waitFor(async () => {
    const ctx = { ...context, caller: localCaller() }
    const { deliveries } = await listDeliveries(ctx, { limit: 10, offset: 0 })
    const delivery = deliveries.find((one) => one.jobId === jobId)
    expect(delivery?.status).toMatch(/^(?:delivered|failed)$/u)
    return delivery
  }, 10_000)
}

test('an open server tells receivers on its machine, with a key of its own', async () => {
  await using receiver = await WebhookReceiver.start()
  await using app = await startTestApp()
  expect(await tryAddress(app, receiver.url)).toMatchObject({
    status: 'delivered',
    lastStatus: 200,
  })
  const [got] = receiver.received
  const derived = app.app.context.vault.deriveKey('webhook-signature').toString('hex')
  expect(got && isSignedWith(got, derived)).toBe(true)
})

test('a server does not tell itself, where it would take itself for its owner', async () => {
  await using app = await startTestApp()
  const { port } = new URL(app.url)
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::1]']) {
    expect(await tryAddress(app, `http://${host}:${port}/api/v1/auth/logout`)).toMatchObject({
      status: 'failed',
      lastError: 'The address is that of this server, which tells itself nothing',
    })
  }
})

test("a server with logins tells nobody inside, and signs with the operator's key", async () => {
  await using receiver = await WebhookReceiver.start()
  const webhookSignatureKey = 'a key of the operator: 32 bytes or more'
  const settings = { auth: 'required', webhookSignatureKey } as const
  const host = `localhost:${receiver.port}`
  {
    await using app = await startTestApp({ settings })
    for (const name of [host, `127.0.0.1:${receiver.port}`]) {
      const refused = await tryAddress(app, `http://${name}/`)
      expect(refused).toMatchObject({ status: 'failed', lastStatus: null })
      expect(refused?.lastError).toMatch(/^network: the address is inside a network/u)
    }
    expect(receiver.received).toEqual([])
  }
  const allowed = { ...settings, allowPrivateAddresses: ['loopback'] }
  await using app = await startTestApp({ settings: allowed })
  expect(await tryAddress(app, `http://${host}/`)).toMatchObject({ status: 'delivered' })
  const [got] = receiver.received
  expect(got && isSignedWith(got, webhookSignatureKey)).toBe(true)
})
