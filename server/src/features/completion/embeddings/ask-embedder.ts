import { isJsonObject } from '../../../platform/json.ts'
import { UpstreamError } from '../../../platform/upstream/upstream-error.ts'
import type { UpstreamReply } from '../../../platform/upstream/upstream.ts'
import { withoutSecret } from '../../../platform/upstream/without-secret.ts'
import { unknownUsage } from '../../pricing/index.ts'
import { readJson } from '../adapters/read-json.ts'
import { errorInside, reported, unusable } from '../adapters/unusable.ts'
import { priceOf } from '../call-measure.ts'
import { failureMessage } from '../failure-words.ts'
import type { CompletionFailure } from '../failure.ts'
import { startFold, toReply } from '../fold-parts.ts'
import type { FailedOutcome } from '../outcome.ts'
import { postTo } from '../post-to.ts'
import type { CompletionContext } from '../powers.ts'
import { faultOf, refusalOf } from '../provider-fault.ts'
import { Received } from '../received.ts'
import type { EmbeddedOutcome } from './embedding-ask.ts'
import type { EmbeddingCall } from './embedding-call.ts'
import type { EmbeddingReply } from './embedding-reply.ts'
import { SkeletonScan } from './reply-skeleton.ts'
import { toForm, type VectorForm } from './vector.ts'

type AskingContext = Pick<CompletionContext, 'upstream' | 'engine' | 'clock' | 'price'>

interface Said {
  readonly attempts: number
  readonly said: EmbeddingReply | CompletionFailure
}

/** Asks one provider and waits for all its vectors. Its fault is a `failed` outcome. */
export async function askEmbedder(
  ctx: AskingContext,
  call: EmbeddingCall,
  { form, signal }: { readonly form: VectorForm | null; readonly signal: AbortSignal },
): Promise<EmbeddedOutcome | FailedOutcome> {
  const { clock } = ctx
  const { apiKey, label } = call.connection
  const startedAt = clock.nowSeconds()
  const startedMs = clock.elapsedMs()
  const received = new Received(apiKey)
  const { attempts, said } = await exchange(ctx, call, { form, signal, received })
  const latencyMs = clock.elapsedMs() - startedMs
  const hasFailed = 'kind' in said
  const usage = hasFailed ? unknownUsage : said.usage
  const repliedModel = hasFailed ? null : said.model
  const measured = {
    startedAt,
    endedAt: startedAt + latencyMs / 1000,
    latencyMs,
    timeToFirstTokenMs: null,
    attempts,
    usage,
    price: priceOf(ctx.price, call, { usage, at: startedAt, repliedModel }),
  }
  if (!hasFailed) return { status: 'completed', ...measured, reply: said }
  const message = failureMessage(said, label)
  const partial = toReply(startFold())
  const shown = received.text
  return { status: 'failed', ...measured, failure: said, message, partial, received: shown }
}

interface Exchange {
  readonly form: VectorForm | null
  readonly signal: AbortSignal
  readonly received: Received
}

async function exchange(
  ctx: AskingContext,
  call: EmbeddingCall,
  { form, signal, received }: Exchange,
): Promise<Said> {
  const { url, headers, bodyText: body, limits, connection } = call
  let attempts = 0
  try {
    const reply = await postTo(ctx, connection, { url, headers, body, signal, ...limits })
    attempts = reply.attempts
    if (reply.status < 200 || reply.status > 299) {
      return { attempts, said: await readRefusal(reply, call, received) }
    }
    const said = await readReply(reply, call, received)
    if ('kind' in said || form === null) return { attempts, said }
    return { attempts, said: await inForm(said, form) }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const { label } = connection
    const soFar = { label, hasBegun: attempts > 0, received: received.text }
    return { attempts: error.attempts, said: faultOf(error, soFar) }
  }
}

const maxErrorBytes = 64 * 1024

/** A refusal counts even when its body breaks off. */
async function readRefusal(
  reply: UpstreamReply,
  { connection }: EmbeddingCall,
  received: Received,
): Promise<CompletionFailure> {
  let leftBytes = maxErrorBytes
  try {
    for await (const chunk of reply.chunks) {
      received.add(chunk)
      leftBytes -= chunk.byteLength
      if (leftBytes <= 0) break
    }
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.fault.kind === 'aborted') throw error
  }
  return refusalOf(reply, received.text ?? '', connection)
}

async function readReply(
  reply: UpstreamReply,
  call: EmbeddingCall,
  received: Received,
): Promise<EmbeddingReply | CompletionFailure> {
  const { label, apiKey } = call.connection
  const scan = new SkeletonScan()
  for await (const chunk of reply.chunks) {
    received.add(chunk)
    scan.feed(chunk)
  }
  const fail = (fault: string): CompletionFailure =>
    unusable(label, fault, received.text ?? '').failure
  const skeleton = scan.end()
  if (!skeleton.isJson) return fail(skeleton.fault)
  const reading = readJson(skeleton.text)
  if (!reading.isJson) return fail(reading.fault)
  const error = errorInside(reading.value)
  if (error !== undefined) {
    const { failure } = reported(label, error, received.text ?? '')
    if (failure.kind !== 'unusable') return failure
    return { ...failure, reason: withoutSecret(failure.reason, apiKey) }
  }
  if (!isJsonObject(reading.value)) return fail('no object')
  const read = call.read({ value: reading.value, lists: skeleton.vectors })
  if ('fault' in read) return fail(read.fault)
  const { length } = read.embeddings
  const { inputCount } = call
  if (inputCount === null || inputCount === length) return read
  return fail(`${length} vectors for ${inputCount} inputs`)
}

/** The vectors asked for as the client wants them; other lists of numbers stay as they are. */
async function inForm(reply: EmbeddingReply, form: VectorForm): Promise<EmbeddingReply> {
  const { lists, embeddings } = reply
  const known = embeddings.flatMap((place) => {
    const vector = lists[place]
    return vector === undefined || vector.form === form ? [] : [{ place, vector }]
  })
  if (known.length === 0) return reply
  const converted = await toForm(
    known.map(({ vector }) => vector),
    form,
  )
  const all = [...lists]
  for (const [at, { place, vector }] of known.entries()) all[place] = converted[at] ?? vector
  return { ...reply, lists: all }
}
