/**
 * The seven analyses. Each reads its traces, asks the model once and gives the answer with the ids
 * of the request in place of the model's. All need `completions:run` and `traces:read` and throw
 * `precondition` for a trace or span that is not there. Source: beacon contract §10.5.
 */
import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { attributesOf, findSpanInReach, type Span } from '../traces/index.ts'
import { ask, type AnalysisContext } from './ask.ts'
import { baselineContext, traceContext, traceContexts } from './contexts.ts'
import type { Answer } from './kinds.ts'
import { spanToText } from './trace-context.ts'

export async function analyzeRootCause(
  ctx: AnalysisContext,
  traceId: string,
  signal?: AbortSignal,
): Promise<Answer<'root-cause'>> {
  allow(ctx.caller, 'completions:run')
  const text = await traceContext(ctx, traceId)
  return ask(ctx, { kind: 'root-cause', text, signal })
}

export async function analyzeCosts(
  ctx: AnalysisContext,
  traceIds: readonly string[],
  signal?: AbortSignal,
): Promise<Answer<'cost-optimization'>> {
  allow(ctx.caller, 'completions:run')
  const text = await traceContexts(ctx, traceIds)
  return ask(ctx, { kind: 'cost-optimization', text, signal })
}

export interface PromptAdvice extends Answer<'prompt-suggestions'> {
  /** The span's `llm.prompt` as text; empty when it has none. */
  readonly originalPrompt: string
}

export async function suggestPrompts(
  ctx: AnalysisContext,
  spanId: string,
  signal?: AbortSignal,
): Promise<PromptAdvice> {
  allow(ctx.caller, 'completions:run')
  const span = await findSpan(ctx, spanId)
  const originalPrompt = promptOf(span)
  const text = `${spanToText(span, 1)}\nThe whole prompt:\n${originalPrompt}`
  return { ...(await ask(ctx, { kind: 'prompt-suggestions', text, signal })), originalPrompt }
}

export async function findAnomalies(
  ctx: AnalysisContext,
  traceId: string,
  signal?: AbortSignal,
): Promise<Answer<'anomalies'>> {
  allow(ctx.caller, 'completions:run')
  const trace = await traceContext(ctx, traceId)
  const text = `Trace ${traceId}\n${trace}\n\n${await baselineContext(ctx, traceId)}`
  return ask(ctx, { kind: 'anomalies', text, signal })
}

export async function findErrorPatterns(
  ctx: AnalysisContext,
  traceIds: readonly string[],
  signal?: AbortSignal,
): Promise<Answer<'error-patterns'>> {
  allow(ctx.caller, 'completions:run')
  const text = await traceContexts(ctx, traceIds)
  return ask(ctx, { kind: 'error-patterns', text, signal })
}

export async function compareTraces(
  ctx: AnalysisContext,
  pair: { readonly a: string; readonly b: string },
  signal?: AbortSignal,
): Promise<Answer<'compare'>> {
  allow(ctx.caller, 'completions:run')
  const text = await traceContexts(ctx, [pair.a, pair.b])
  return ask(ctx, { kind: 'compare', text, signal })
}

export async function summarizeTrace(
  ctx: AnalysisContext,
  traceId: string,
  signal?: AbortSignal,
): Promise<Answer<'summarize'>> {
  allow(ctx.caller, 'completions:run')
  const text = await traceContext(ctx, traceId)
  return ask(ctx, { kind: 'summarize', text, signal })
}

async function findSpan(ctx: Uses<'db' | 'caller'>, spanId: string): Promise<Span> {
  const span = await findSpanInReach(ctx, spanId)
  if (!span) throw new DomainError('precondition', `Span not found: ${spanId}`)
  return span
}

function promptOf(span: Span): string {
  const prompt = attributesOf(span)['llm.prompt'] ?? ''
  return typeof prompt === 'string' ? prompt : JSON.stringify(prompt)
}
