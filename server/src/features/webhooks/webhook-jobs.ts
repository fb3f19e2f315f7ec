import type { Clock } from '../../platform/clock.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { JobRetry, JobTermination } from '../../platform/jobs/job-outcomes.ts'
import type { JobType, RunningJob } from '../../platform/jobs/job-type.ts'
import { isJsonObject } from '../../platform/json.ts'
import type { Uses } from '../identity/index.ts'
import type { WebhookDelivery } from './delivery.ts'
import {
  failDelivery,
  findDelivery,
  insertDeliveries,
  noteAttempt,
  reopenDelivery,
} from './delivery-store.ts'
import { webhookCredentialsPurpose, webhookSecretPurpose } from './destination.ts'
import { findDestination } from './destination-store.ts'
import { newDelivery } from './notify.ts'
import type { WebhookPowers } from './powers.ts'
import { sendDelivery, type AttemptOutcome } from './send-delivery.ts'
import { signedHeaders } from './signed-headers.ts'
import { deliveryType } from './webhook-job-type.ts'
import { bareUrl, checkTestUrl, wholeAddress } from './webhook-url.ts'

/** A delivery that was noted when the job was made, or a test of any address. */
type DeliveryData = { readonly deliveryId: string } | { readonly url: string }

type DeliveryContext = Uses<'db' | 'clock' | 'ids' | 'vault'> &
  Pick<WebhookPowers, 'upstream' | 'webhooks'>

interface DeliveryOptions {
  /** For one attempt. */
  readonly timeoutMs?: number
}

/**
 * Delivers: a POST an attempt, 5 seconds each, then again after 5, 25, 125, 300 … seconds. The row of
 * the delivery and the job end together. A process that dies after the receiver has answered sends
 * once more; receivers tell by the id. Source: hypersigil §6, §8.2.
 */
export function webhookJobs(
  ctx: DeliveryContext,
  { timeoutMs = 5000 }: DeliveryOptions = {},
): JobType<DeliveryData> {
  const { clock } = ctx
  return {
    name: deliveryType,
    bound: 10,
    defaults: {
      priority: 1,
      maxAttempts: 8,
      retryDelayMs: 5000,
      retryBackoffMultiplier: 5,
      maxRetryDelayMs: 300_000,
    },
    read: readData,
    run: (job) => runDelivery(ctx, job, timeoutMs),
    givenUp: (tx, job) => failDelivery(tx, job.id, { reason: reasonOf(job), at: now(clock) }),
    triedAgain: (tx, job) => reopenDelivery(tx, job.id, now(clock)),
  }
}

function now(clock: Clock): number {
  return clock.nowSeconds()
}

/** Why a job ended, where its last attempt does not say so already. */
function reasonOf({ status, terminationReason, error }: Job): string | null {
  if (status === 'terminated') return terminationReason
  return error?.startsWith(attemptPrefix) === true ? null : error
}

function readData(data: unknown): DeliveryData {
  if (isJsonObject(data)) {
    const { deliveryId, url } = data
    if (typeof deliveryId === 'string') return { deliveryId }
    if (typeof url === 'string') return { url: checkTestUrl(url) }
  }
  throw new DomainError('invalid', 'A webhook delivery needs the address to which it goes')
}

/** Begins what a job says of a failed attempt, which its delivery knows already. */
const attemptPrefix = 'The webhook was not delivered: '

const tellsItself = 'The address is that of this server, which tells itself nothing'

async function runDelivery(
  ctx: DeliveryContext,
  job: RunningJob<DeliveryData>,
  timeoutMs: number,
): Promise<unknown> {
  const delivery = await deliveryOf(ctx, job)
  if (delivery.status === 'delivered') return { status: delivery.lastStatus }
  const receiver = await receiverOf(ctx, job, delivery)
  if (ctx.webhooks.isOwnAddress(receiver.url)) throw new JobTermination(tellsItself)
  const at = ctx.clock.nowSeconds()
  const { bodyJson: body } = delivery
  const outcome = await sendDelivery(ctx.upstream, {
    url: receiver.url,
    headers: signedHeaders({ key: receiver.key, body, jobId: job.id, at }),
    body,
    isGuarded: ctx.webhooks.guardsAddresses,
    timeoutMs,
    signal: job.signal,
  })
  await keepOutcome(ctx, job, { delivery, url: bareUrl(receiver.url), outcome })
  if (!outcome.isDelivered) throw new JobRetry(`${attemptPrefix}${outcome.error}`)
  return undefined
}

/** The delivery's row; that of a test is made when it first runs. */
async function deliveryOf(
  ctx: DeliveryContext,
  { id: jobId, data }: RunningJob<DeliveryData>,
): Promise<WebhookDelivery> {
  const known = await ctx.db.read((tx) => findDelivery(tx, 'job_id', jobId))
  if (known) return known
  if (!('url' in data)) throw new JobTermination('The delivery does not exist any more')
  const event = 'webhook.test'
  const time = new Date(ctx.clock.nowSeconds() * 1000).toISOString()
  const bodyJson = JSON.stringify({ event, time })
  const said = { jobId, destinationId: null, url: data.url, event, bodyJson, executionId: null }
  const delivery = newDelivery(ctx, { ...said, event })
  await ctx.db.write((tx) => insertDeliveries(tx, [delivery]))
  return delivery
}

interface Receiver {
  readonly url: string
  /** Signs what it gets. */
  readonly key: string
}

async function receiverOf(
  ctx: DeliveryContext,
  { data }: RunningJob<DeliveryData>,
  { destinationId, url }: WebhookDelivery,
): Promise<Receiver> {
  const key = ctx.webhooks.signatureKey
  if (destinationId === null) return { url: 'url' in data ? data.url : url, key }
  const destination = await ctx.db.read((tx) => findDestination(tx, 'id', destinationId))
  if (!destination) throw new JobTermination('The webhook destination does not exist')
  if (!destination.isActive) throw new JobTermination('The webhook destination is not active')
  const open = (sealed: string | null, purpose: string): string | null =>
    sealed === null ? null : ctx.vault.open(sealed, purpose)
  const credentials = open(destination.sealedCredentials, webhookCredentialsPurpose)
  return {
    url: wholeAddress(destination.url, credentials),
    key: open(destination.sealedSecret, webhookSecretPurpose) ?? key,
  }
}

interface Kept {
  readonly delivery: WebhookDelivery
  readonly url: string
  readonly outcome: AttemptOutcome
}

async function keepOutcome(
  { db, clock }: DeliveryContext,
  job: RunningJob<DeliveryData>,
  { delivery, url, outcome }: Kept,
): Promise<void> {
  const note = { ...outcome, url, at: clock.nowSeconds() }
  await db.write(async (tx) => {
    await noteAttempt(tx, delivery.id, note)
    if (outcome.isDelivered) await job.completeIn(tx, { status: outcome.status })
  })
}
