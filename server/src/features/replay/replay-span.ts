import { DomainError } from '../../platform/domain-error.ts'
import {
  admitCall,
  complete,
  failureToError,
  prepareCall,
  type Call,
  type CompletedOutcome,
  type CompletionContext,
} from '../completion/index.ts'
import { allow } from '../identity/index.ts'
import { findConnection, usableConnection } from '../models/index.ts'
import {
  addPromptVersions,
  attributesOf,
  findSpanInReach,
  toStorableText,
  type Span,
} from '../traces/index.ts'
import { planReplay, type ReplayPlan } from './plan-replay.ts'
import type { CompletionChange, ReplayOutput, ReplayRun } from './replay-run.ts'
import { insertReplayRuns, tracesOfSpans } from './store.ts'

export interface ReplayRequest {
  readonly spanId: string
  /** Laid over the span's attributes, key by key. */
  readonly modifiedAttributes: Readonly<Record<string, unknown>>
}

export interface Replayed {
  readonly replayId: string
  readonly output: ReplayOutput
  readonly change: CompletionChange
}

/**
 * Runs a span's LLM call again with changed attributes, on any configured model, and keeps where
 * it came from. The original span and trace stay as they are, and no live client hears of it: the
 * new call is recorded in a trace of its own. Needs `completions:run` and `traces:read`. Throws
 * `precondition` or `invalid` for what cannot be replayed, and the provider's failures as
 * `failureToError` words them. Source: beacon contract §4.
 */
export async function replaySpan(
  ctx: CompletionContext,
  { spanId, modifiedAttributes }: ReplayRequest,
  signal?: AbortSignal,
): Promise<Replayed> {
  allow(ctx.caller, 'completions:run')
  const span = await findLlmCall(ctx, spanId)
  const plan = planReplay(attributesOf(span), modifiedAttributes)
  const call = await callOf(ctx, plan)
  const replayId = ctx.ids.uuid()
  const replaySpanId = ctx.ids.uuid()
  const place = {
    spanId: replaySpanId,
    traceId: ctx.ids.uuid(),
    parentSpanId: null,
    name: `Replay: ${plan.request.model}`,
    startTime: ctx.clock.nowSeconds(),
    attributes: {
      replay: true,
      'replay.id': replayId,
      'replay.original_span_id': span.spanId,
      'replay.original_trace_id': span.traceId,
    },
  }
  const outcome = await complete(ctx, call, place, {
    announce: 'never',
    ...(signal === undefined ? {} : { signal }),
  })
  if (outcome.status === 'failed') throw failureToError(outcome)
  const output = outputOf(outcome)
  const change = changeOf(plan.oldCompletion, output['llm.completion'])
  const run: ReplayRun = {
    replayId,
    originalSpanId: span.spanId,
    traceId: span.traceId,
    replaySpanId,
    modifiedInputJson: JSON.stringify(modifiedAttributes),
    newOutputJson: JSON.stringify(output),
    diffJson: JSON.stringify(change),
    createdAt: ctx.clock.nowSeconds(),
  }
  await keep(ctx, run, plan)
  return { replayId, output, change }
}

async function findLlmCall(ctx: CompletionContext, spanId: string): Promise<Span> {
  const span = await findSpanInReach(ctx, spanId)
  if (!span) throw new DomainError('precondition', 'Span not found')
  if (span.spanType === 'llm_call') return span
  throw new DomainError('precondition', 'Replay only supported for llm_call spans')
}

async function callOf(ctx: CompletionContext, plan: ReplayPlan): Promise<Call> {
  const place = { provider: plan.provider, model: plan.request.model }
  const found = await findConnection(ctx, place, 'environment-first')
  const connection = usableConnection(found, ({ label }) => `${label} API key is not configured`)
  const call = prepareCall(connection, plan.request, { mode: 'whole', book: 'beacon' })
  return admitCall(ctx, call)
}

/** Counts that the provider did not give are 0 on this wire. */
function outputOf({ reply, usage, price }: CompletedOutcome): ReplayOutput {
  return {
    'llm.completion': reply.text,
    'llm.tokens.input': usage.inputTokens ?? 0,
    'llm.tokens.output': usage.outputTokens ?? 0,
    'llm.cost_usd': price.status === 'priced' ? price.costUsd : 0,
  }
}

function changeOf(before: string, after: string): CompletionChange {
  return { old_completion: before, new_completion: after, changed: before !== after }
}

/** A span that was deleted in the meantime takes its replays with it. */
async function keep(ctx: CompletionContext, run: ReplayRun, plan: ReplayPlan): Promise<void> {
  const version = {
    versionId: ctx.ids.uuid(),
    spanId: run.originalSpanId,
    promptText: toStorableText(plan.changedPrompt ?? ''),
    label: 'Replay',
    createdAt: run.createdAt,
  }
  await ctx.db.write(async (tx) => {
    const stored = await tracesOfSpans(tx, [run.originalSpanId])
    if (stored.size === 0) return
    await insertReplayRuns(tx, [run])
    if (plan.changedPrompt !== null) await addPromptVersions(tx, [version])
  })
}
