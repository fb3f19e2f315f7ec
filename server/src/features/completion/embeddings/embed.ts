import { DomainError } from '../../../platform/domain-error.ts'
import {
  allow,
  allowModel,
  lendScope,
  takeAllowance,
  type Allowance,
} from '../../identity/index.ts'
import { resolveModel, type ModelTarget, type ResolvedModel } from '../../models/index.ts'
import { spentOn } from '../admit-call.ts'
import type { AnswerFacts } from '../answer.ts'
import { mayAnotherDoBetter } from '../ask-targets.ts'
import type { SpanPlace } from '../call-span.ts'
import type { FailedOutcome } from '../outcome.ts'
import { placeCall } from '../place-call.ts'
import type { CompletionContext } from '../powers.ts'
import { restTarget } from '../rest-target.ts'
import { newRecordId, SpanRecord } from '../span-record.ts'
import { askEmbedder } from './ask-embedder.ts'
import type { EmbeddedOutcome, EmbeddingAnswer, EmbeddingAsk } from './embedding-ask.ts'
import { prepareEmbedding, type EmbeddingCall } from './embedding-call.ts'
import { resolveService } from './resolve-service.ts'
import { brokenEmbeddingSpan, closedEmbeddingSpan, openEmbeddingSpan } from './embedding-span.ts'

/**
 * Has a model, asked by its name, turn texts into vectors: finds its targets, keeps the limits of
 * the caller's key, asks one target after the other until one answers, and records it before it
 * returns. Needs `embeddings:run`. Source: rulings §4.
 * @throws DomainError before any provider was asked: `not-found` for an unknown model, `invalid` for
 * a field that cannot be told to the provider (`details.param`) or an ambiguous name, `limit`,
 * `precondition` for a loop or a connection that cannot be used, `forbidden`.
 */
export async function embed(
  ctx: CompletionContext,
  ask: EmbeddingAsk,
  signal: AbortSignal,
): Promise<EmbeddingAnswer> {
  allow(ctx.caller, 'embeddings:run')
  allowModel(ctx.caller, ask.model)
  const resolved = await (ask.service
    ? resolveService(ctx, ask.service)
    : resolveModel(ctx, ask.model))
  const { alias } = resolved
  const place = await placeCall(ctx, 'embeddings', { ask, alias })
  const allowance = await takeAllowance(ctx)
  // Recording always happens, whatever else the caller may do.
  const record = new SpanRecord({ ...ctx, caller: lendScope(ctx.caller, 'completions:run') })
  const answered = await askTargets(ctx, { ask, resolved, place, record, signal })
  const { call, outcome } = answered
  const isClients = !call.isNative && ask.wire !== 'pharos'
  const more = isClients ? { 'gateway.request': JSON.stringify(ask.body) } : {}
  const attributes = { ...place.attributes, ...more }
  await Promise.all([
    record.close({ span: closedEmbeddingSpan(call, { ...place, attributes }, outcome) }),
    allowance.settle(ctx, spentOn(outcome)),
  ])
  const facts = factsOf({ ask, place, allowance }, call)
  if (outcome.status === 'failed') return { status: 'failed', ...facts, outcome }
  return { status: 'embedded', ...facts, outcome }
}

interface Question {
  readonly ask: EmbeddingAsk
  readonly resolved: ResolvedModel
  readonly place: SpanPlace
  readonly record: SpanRecord
  readonly signal: AbortSignal
}

interface Answered {
  readonly call: EmbeddingCall
  readonly outcome: EmbeddedOutcome | FailedOutcome
}

/** One target after the other; those that were asked in vain stand in the record, too. */
async function askTargets(ctx: CompletionContext, question: Question): Promise<Answered> {
  const { ask, resolved, place, record } = question
  const { targets } = resolved
  let refusal: unknown
  let failed: Answered | undefined
  for (const [index, target] of targets.entries()) {
    const call = preparedOr(target, { ask, isLast: index === targets.length - 1 })
    if (call instanceof DomainError) {
      refusal ??= call
      continue
    }
    if (failed) record.add({ span: attemptSpan(ctx, place, failed) })
    record.begin(() => openEmbeddingSpan(call, place))
    const outcome = await askOrBreakOff(ctx, call, question)
    if (outcome.status === 'completed') return { call, outcome }
    failed = { call, outcome }
    if (!mayAnotherDoBetter(outcome.failure, target.connection)) break
    restTarget(ctx, resolved, { target, failure: outcome.failure })
  }
  if (failed === undefined) throw refusal
  return failed
}

/** A fault of our own ends the record, too. */
async function askOrBreakOff(
  ctx: CompletionContext,
  call: EmbeddingCall,
  { ask: { form }, place, record, signal }: Question,
): Promise<Answered['outcome']> {
  try {
    return await askEmbedder(ctx, call, { form, signal })
  } catch (error) {
    await record.close({ span: brokenEmbeddingSpan(call, place, ctx.clock.nowSeconds()) })
    throw error
  }
}

/** The call, or why this target cannot be asked: another one may. */
function preparedOr(
  target: ModelTarget,
  { ask, isLast }: { readonly ask: EmbeddingAsk; readonly isLast: boolean },
): EmbeddingCall | DomainError {
  try {
    return prepareEmbedding(target, ask, isLast)
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

function attemptSpan(
  { ids }: CompletionContext,
  { spanId: parentSpanId, traceId }: SpanPlace,
  { call, outcome }: Answered,
) {
  const name = `attempt ${call.connection.name}/${call.request.model}`
  const { startedAt: startTime } = outcome
  const place = { spanId: newRecordId(ids), traceId, parentSpanId, name, startTime }
  return closedEmbeddingSpan(call, place, outcome)
}

interface Asked {
  readonly ask: EmbeddingAsk
  readonly place: SpanPlace
  readonly allowance: Allowance
}

function factsOf({ ask, place, allowance }: Asked, call: EmbeddingCall): AnswerFacts {
  const { spanId, traceId, startTime: createdAt } = place
  return {
    model: ask.model,
    createdAt,
    traceId,
    spanId,
    isNative: call.isNative,
    provider: call.connection.name,
    providerModel: call.request.model,
    cache: null,
    headers: {
      ...allowance.headers,
      'x-pharos-trace-id': traceId,
      'x-pharos-span-id': spanId,
    },
  }
}
