import type { Allowance } from '../identity/index.ts'
import { unknownUsage } from '../pricing/index.ts'
import { newSpan } from '../traces/index.ts'
import { spentOn } from './admit-call.ts'
import type { Answer, AnswerFacts, CallBatch } from './answer.ts'
import { SilenceWatch, type Beginning } from './ask-targets.ts'
import type { Ask } from './ask.ts'
import type { CallRecord } from './call-record.ts'
import type { SpanPlace } from './call-span.ts'
import { toChatMessages } from './chat-messages.ts'
import { foldParts } from './fold-parts.ts'
import type { CompletedOutcome, Outcome } from './outcome.ts'
import type { CompletionPart } from './part.ts'
import type { CompletionContext } from './powers.ts'
import { replyForLater } from './previous-response.ts'
import { closeSpans } from './record-spans.ts'
import type { CompletionRequest } from './request.ts'
import { keepAnswer, type CachedAnswer } from './response-cache.ts'

/** What stays the same from a question to the end of its answer. */
export interface Asking {
  readonly ctx: CompletionContext
  readonly ask: Ask
  readonly place: SpanPlace
  readonly record: CallRecord
  readonly allowance: Allowance
  /** Null where answers are not kept. */
  readonly cacheKey: string | null
  readonly cacheSeconds: number | null
}

/** An answer of more characters is not kept. */
const longestKept = 512 * 1024

type Begun = Extract<Beginning, { status: 'begun' }>

/** The answer that a target began, recorded by the time it ends. */
export async function answerFrom(asking: Asking, beginning: Beginning): Promise<Answer> {
  const facts = factsOf(asking, beginning)
  if (beginning.status === 'failed') {
    const { outcome } = beginning
    await finish(asking, beginning, outcome)
    return { status: 'failed', ...facts, outcome }
  }
  const { outcome } = beginning.rest
  if (asking.ask.mode === 'stream') {
    return { status: 'stream', ...facts, batches: recorded(asking, beginning), outcome }
  }
  const batches: CallBatch[] = []
  for await (const batch of recorded(asking, beginning)) if (batch) batches.push(batch)
  const ended = await outcome
  if (ended.status === 'failed') return { status: 'failed', ...facts, outcome: ended }
  const event = batches.find(({ events }) => events.length > 0)?.events[0] ?? null
  const parts = batches.flatMap((batch) => batch.parts)
  return { status: 'whole', ...facts, outcome: ended, parts, event }
}

/** What is told ends only after it is stored, so that whoever saw the end finds it. */
async function* recorded(
  asking: Asking,
  begun: Begun,
): AsyncGenerator<CallBatch | null, void, undefined> {
  const kept: CallBatch[] = []
  let room = asking.cacheKey === null ? 0 : longestKept
  const keep = (batch: CallBatch): CallBatch => {
    room -= batch.events.reduce((sum, { data }) => sum + data.length, 0)
    if (room > 0) kept.push(batch)
    return batch
  }
  const batches = begun.rest[Symbol.asyncIterator]()
  using silence = new SilenceWatch()
  let failed: CallBatch | null = null
  try {
    for (const batch of begun.said) yield batch && keep(batch)
    let next = batches.next()
    for (;;) {
      const got = await silence.wait(next)
      if (got === null) {
        yield null
        continue
      }
      if (got.done === true) break
      if (got.value.parts.at(-1)?.type === 'error') {
        failed = got.value
        break
      }
      yield keep(got.value)
      next = batches.next()
    }
  } finally {
    begun.rest.leave()
    await batches.return?.()
    await settle(asking, begun, room > 0 && failed === null ? kept : null)
  }
  // A client that is told of a failure may look it up at once.
  if (failed) yield failed
}

async function settle(
  asking: Asking,
  begun: Begun,
  kept: readonly CallBatch[] | null,
): Promise<void> {
  const { ctx, record, cacheKey, cacheSeconds } = asking
  let outcome: Outcome
  try {
    outcome = await begun.rest.outcome
  } catch (error) {
    await record.breakOff(begun.call)
    throw error
  }
  await finish(asking, begun, outcome)
  if (kept === null || cacheKey === null || cacheSeconds === null) return
  if (outcome.status !== 'completed') return
  const { name: provider } = begun.call.connection
  const { model: providerModel } = begun.call.request
  const answer = { provider, providerModel, isNative: begun.isNative, batches: kept }
  await keepAnswer(ctx, cacheKey, answer, cacheSeconds)
}

/** Stores how it ended and counts what it took. */
async function finish(
  asking: Asking,
  { call, isNative }: Beginning,
  outcome: Outcome,
): Promise<void> {
  const { ctx, ask, record, allowance, cacheKey } = asking
  const reply = outcome.status === 'completed' ? outcome.reply : outcome.partial
  const more = {
    ...replyForLater(ask, reply),
    ...(isNative ? {} : requestOf(ask)),
    ...(cacheKey === null ? {} : { 'gateway.cache': 'miss' }),
  }
  await Promise.all([record.end(call, outcome, more), allowance.settle(ctx, spentOn(outcome))])
}

/** What a client sent; a question of our own stands in the span as its messages already. */
function requestOf({ wire, body }: Ask): Readonly<Record<string, unknown>> {
  return wire === 'pharos' ? {} : { 'gateway.request': JSON.stringify(body) }
}

type Source = Pick<AnswerFacts, 'provider' | 'providerModel' | 'isNative' | 'cache'>

function factsOf(asking: Asking, { call, isNative, headers }: Beginning): AnswerFacts {
  const facts = factsFrom(asking, {
    provider: call.connection.name,
    providerModel: call.request.model,
    isNative,
    cache: asking.cacheKey === null ? null : 'miss',
  })
  return { ...facts, headers: { ...facts.headers, ...headers } }
}

function factsFrom({ ask, place, allowance }: Asking, source: Source): AnswerFacts {
  const { spanId, traceId, startTime: createdAt } = place
  const headers = {
    ...allowance.headers,
    'x-pharos-trace-id': traceId,
    'x-pharos-span-id': spanId,
    ...(source.cache === null ? {} : { 'x-pharos-cache': source.cache }),
  }
  return { model: ask.model, createdAt, traceId, spanId, headers, ...source }
}

/** An answer given before, recorded as one that cost nothing. */
export async function answerFromCache(
  asking: Asking,
  kept: CachedAnswer,
  request: CompletionRequest,
): Promise<Answer> {
  const { ctx, ask, place } = asking
  const { provider, providerModel, isNative, batches } = kept
  const facts = factsFrom(asking, { provider, providerModel, isNative, cache: 'hit' })
  const parts = batches.flatMap((batch) => batch.parts)
  const reply = foldParts(parts)
  const endTime = ctx.clock.nowSeconds()
  const attributes = {
    ...place.attributes,
    ...replyForLater(ask, reply),
    'llm.provider': provider,
    'llm.model': providerModel,
    'llm.prompt': JSON.stringify(toChatMessages(request.messages)),
    'llm.completion': reply.text,
    'llm.cost_usd': 0,
    ...requestOf(ask),
    'gateway.cache': 'hit',
  }
  const span = newSpan({
    ...place,
    attributes,
    spanType: 'llm_call',
    sdkLanguage: null,
    status: 'ok',
    errorMessage: null,
    endTime,
  })
  await closeSpans(ctx, [span], 'after')
  const outcome = keptOutcome(place.startTime, endTime, parts)
  if (ask.mode === 'stream') {
    const again = { batches: inOrder(batches), outcome: Promise.resolve(outcome) }
    return { status: 'stream', ...facts, ...again }
  }
  const event = batches.find(({ events }) => events.length > 0)?.events[0] ?? null
  return { status: 'whole', ...facts, outcome, parts, event }
}

/** Nobody was asked; the usage is that of the call whose answer was kept. */
function keptOutcome(
  startedAt: number,
  endedAt: number,
  parts: readonly CompletionPart[],
): CompletedOutcome {
  const last = parts.findLast((part) => part.type === 'usage')
  return {
    status: 'completed',
    startedAt,
    endedAt,
    latencyMs: (endedAt - startedAt) * 1000,
    timeToFirstTokenMs: null,
    attempts: 0,
    usage: last?.usage ?? unknownUsage,
    price: { status: 'unknown', reason: 'unknown-usage' },
    reply: foldParts(parts),
  }
}

async function* inOrder(batches: readonly CallBatch[]): AsyncGenerator<CallBatch> {
  yield* batches
}
