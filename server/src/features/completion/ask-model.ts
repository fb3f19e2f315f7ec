import { allow, allowModel, takeAllowance } from '../identity/index.ts'
import { resolveModel } from '../models/index.ts'
import type { Answer } from './answer.ts'
import { askTargets, prepareTargets, type PreparedTarget } from './ask-targets.ts'
import type { Ask } from './ask.ts'
import { CallRecord } from './call-record.ts'
import { placeCall } from './place-call.ts'
import type { CompletionContext } from './powers.ts'
import { answerFrom, answerFromCache } from './recorded-answer.ts'
import { cacheKeyOf, findCachedAnswer } from './response-cache.ts'

/**
 * Asks a model by its name, in whatever dialect the question came: finds its targets, keeps the
 * limits of the caller's key, tries one target after the other until one begins to answer, and
 * records it. Needs `completions:run`. Source: rulings §4.
 * @throws DomainError before any provider was asked: `not-found` for an unknown model, `invalid` for
 * a field that cannot be told to the provider (`details.param`) or an ambiguous name, `limit`,
 * `precondition` for a loop or a connection that cannot be used, `forbidden`.
 */
export async function askModel(
  ctx: CompletionContext,
  ask: Ask,
  signal: AbortSignal,
): Promise<Answer> {
  allow(ctx.caller, 'completions:run')
  allowModel(ctx.caller, ask.model)
  const resolved = await resolveModel(ctx, ask.model)
  const targets = prepareTargets(ask, resolved.targets)
  const place = await placeCall(ctx, 'chat', { ask, alias: resolved.alias })
  const { caller } = ctx
  const allowance = await takeAllowance(ctx)
  const { aliasSavedAt } = resolved
  const cacheSeconds = wantsTokens(ask, targets) ? null : resolved.cacheSeconds
  const [{ body, request }] = targets
  const { wire, mode, model: alias, headers = {} } = ask
  const cacheFacts = { wire, mode, alias, aliasSavedAt, body, headers }
  const cacheKey =
    cacheSeconds === null
      ? null
      : cacheKeyOf(caller, { ...cacheFacts, places: targets.map(placeOf) })
  const record = new CallRecord(ctx, place)
  const asking = { ctx, ask, place, record, allowance, cacheKey, cacheSeconds }
  const kept = cacheKey === null ? undefined : await findCachedAnswer(ctx, cacheKey)
  if (kept) return answerFromCache(asking, kept, request)
  const traceTokens = ask.traceTokens ?? resolved.traceTokens
  const question = { ask, resolved, targets, record, signal, traceTokens }
  return answerFrom(asking, await askTargets(ctx, question))
}

/** Whoever asks for the tokens of an answer has no use for one that was given before. */
function wantsTokens({ traceTokens = null }: Ask, targets: readonly PreparedTarget[]): boolean {
  return traceTokens !== null && targets.some(({ connection }) => connection.kind === 'local')
}

/** A target in all that its answer depends on. */
function placeOf({ connection, model, defaults }: PreparedTarget): string {
  const { name, baseUrl, load } = connection
  return JSON.stringify([name, baseUrl, model, defaults, ...(load ? [load] : [])])
}
