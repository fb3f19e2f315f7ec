import { expect, vi } from 'vitest'
import {
  createDestination,
  getDelivery,
  listDeliveries,
  notifyIn,
  webhookJobs,
  type Notice,
  type WebhookDelivery,
  type WebhookPowers,
} from '../../src/features/webhooks/index.ts'
import { localCaller, type Caller, type Uses } from '../../src/features/identity/index.ts'
import { systemClock, type Clock } from '../../src/platform/clock.ts'
import type { DatabaseLocation } from '../../src/platform/db/open-database.ts'
import { randomIds } from '../../src/platform/ids.ts'
import type { JobEngine } from '../../src/platform/jobs/job-engine.ts'
import type { JobType } from '../../src/platform/jobs/job-type.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import { openUpstream, type UpstreamOptions } from '../../src/platform/upstream/open-upstream.ts'
import type { Upstream } from '../../src/platform/upstream/upstream.ts'
import { JobStage } from './job-stage.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

/** What signs for destinations without a key of their own. */
export const serverKey = 'a key of the server, of 32 bytes or more'
export const sampleEvent = 'webhook.deployment.execution'

interface RunOptions {
  readonly timeoutMs?: number
  readonly retryDelayMs?: number
  readonly clock?: Clock
  readonly upstream?: UpstreamOptions
}

/** A database, a receiver, and for each test an engine that delivers. */
export class WebhookStage implements AsyncDisposable {
  readonly stage: JobStage
  readonly rules = { signatureKey: serverKey, guardsAddresses: false, isOwnAddress: () => false }
  readonly #vault = createVault(Buffer.alloc(32, 1))
  readonly #opened = new Set<AsyncDisposable>()
  #clock: Clock = systemClock
  #upstream: Upstream | undefined
  #jobs: JobEngine | undefined
  #receiver: WebhookReceiver | undefined

  static async open(location: DatabaseLocation): Promise<WebhookStage> {
    return new WebhookStage(await JobStage.open(location))
  }

  private constructor(stage: JobStage) {
    this.stage = stage
  }

  get receiver(): WebhookReceiver {
    if (!this.#receiver) throw new Error('begin a test first')
    return this.#receiver
  }

  get jobs(): JobEngine {
    if (!this.#jobs) throw new Error('begin a test first')
    return this.#jobs
  }

  /** Starts what the next test has for itself; the type of jobs as it is or a little different. */
  async begin({ timeoutMs, retryDelayMs, clock, upstream }: RunOptions = {}): Promise<void> {
    this.#clock = clock ?? systemClock
    this.rules.guardsAddresses = false
    this.#upstream = this.#use(openUpstream(upstream))
    this.#receiver ??= await this.another()
    const type: JobType = webhookJobs(
      { ...this.#basics(), upstream: this.#upstream, webhooks: this.rules },
      timeoutMs === undefined ? {} : { timeoutMs },
    )
    const defaults = { ...type.defaults, ...(retryDelayMs !== undefined && { retryDelayMs }) }
    const options = { clock: this.#clock, random: () => 1 }
    this.#jobs = this.stage.engine([{ ...type, defaults }], options)
  }

  /** One more receiver. */
  async another(): Promise<WebhookReceiver> {
    return this.#use(await WebhookReceiver.start())
  }

  /** What verbs are given. */
  as(
    caller: Caller,
  ): Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'> & Pick<WebhookPowers, 'jobs'> {
    return { ...this.#basics(), jobs: this.jobs, caller }
  }

  get owner() {
    return this.as(localCaller())
  }

  /** Makes a destination, at the receiver unless said otherwise; gives its id. */
  async add(more: { url?: string; isActive?: boolean; secret?: string } = {}): Promise<string> {
    const url = `${this.receiver.url}/hook?x=1`
    return (await createDestination(this.owner, { name: 'Receiver', url, ...more })).id
  }

  noticeTo(...destinationIds: readonly string[]): Notice {
    return {
      destinationIds,
      event: sampleEvent,
      body: { event: sampleEvent, executionId: 'e1', status: 'completed' },
      executionId: 'e1',
      createdBy: null,
    }
  }

  async notify(...destinationIds: readonly string[]): Promise<void> {
    const notice = this.noticeTo(...destinationIds)
    await this.stage.db.write((tx) => notifyIn(tx, this.owner, notice))
  }

  /** Every delivery, the newest first. */
  async all(): Promise<WebhookDelivery[]> {
    const { deliveries } = await listDeliveries(this.owner, { limit: 100, offset: 0 })
    return Promise.all(deliveries.map(({ id }) => getDelivery(this.owner, id)))
  }

  /** Waits until the only delivery is so. */
  async until(expected: Partial<WebhookDelivery>): Promise<WebhookDelivery> {
    return vi.waitFor(async () => {
      const [one, ...others] = await this.all()
      if (!one || others.length > 0) throw new Error(`there are ${others.length + 1} deliveries`)
      expect(one).toMatchObject(expected)
      return one
    }, 10_000)
  }

  async untilJob(id: string, status: string): Promise<void> {
    await vi.waitFor(async () => expect((await this.stage.job(id)).status).toBe(status), 10_000)
  }

  /** Ends and forgets what a test had. */
  async clear(): Promise<void> {
    await this.stage.clear()
    for (const one of this.#opened) await one[Symbol.asyncDispose]()
    this.#opened.clear()
    this.#receiver = undefined
    await this.stage.db.write(async (tx) => {
      for (const table of ['jobs', 'webhook_deliveries', 'webhook_destinations'] as const) {
        await tx.db.deleteFrom(table).execute()
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]()
  }

  #basics() {
    return { db: this.stage.db, clock: this.#clock, ids: randomIds, vault: this.#vault }
  }

  #use<T extends AsyncDisposable>(one: T): T {
    this.#opened.add(one)
    return one
  }
}
