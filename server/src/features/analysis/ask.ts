import {
  admitCall,
  complete,
  failureToError,
  prepareCall,
  type Call,
  type CompletionContext,
} from '../completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { findConnection, providerOfModel, usableConnection } from '../models/index.ts'
import { instructions, type AnalysisKind, type Answer } from './kinds.ts'
import { readAnswer } from './read-answer.ts'

/** What analyses are given: all that completions are, and the model that makes them. */
export interface AnalysisContext extends CompletionContext {
  readonly analysisModel: string
}

const temperature = 0.2

/**
 * Asks the model for one analysis of a text. The call is recorded in a trace of its own, which no
 * live client hears of. Throws what `failureToError` words, and `upstream` for an answer that is
 * not what was asked for.
 */
export async function ask<K extends AnalysisKind>(
  ctx: AnalysisContext,
  question: { readonly kind: K; readonly text: string; readonly signal: AbortSignal | undefined },
): Promise<Answer<K>> {
  const { kind, text, signal } = question
  const call = await callOf(ctx, kind, text)
  const place = {
    spanId: ctx.ids.uuid(),
    traceId: ctx.ids.uuid(),
    parentSpanId: null,
    name: `Analysis: ${kind}`,
    startTime: ctx.clock.nowSeconds(),
    attributes: { analysis: kind },
  }
  const outcome = await complete(ctx, call, place, {
    announce: 'never',
    ...(signal === undefined ? {} : { signal }),
  })
  if (outcome.status === 'failed') throw failureToError(outcome, 'Analysis failed')
  return readAnswer(kind, outcome.reply.text)
}

async function callOf(ctx: AnalysisContext, kind: AnalysisKind, text: string): Promise<Call> {
  const place = providerOfModel(ctx.analysisModel)
  if (!place) throw new DomainError('invalid', `Unknown model: ${ctx.analysisModel}`)
  const found = await findConnection(ctx, place, 'environment-first')
  const connection = usableConnection(
    found,
    ({ name }) =>
      `No API key configured for ${name}. Set the appropriate environment variable or configure it in Settings.`,
  )
  const request = {
    model: place.model,
    messages: [
      { role: 'system', content: [{ type: 'text', text: instructions[kind] }] },
      { role: 'user', content: [{ type: 'text', text }] },
    ],
    options: { temperature },
  } as const
  return admitCall(ctx, prepareCall(connection, request, { mode: 'whole', book: 'beacon' }))
}
