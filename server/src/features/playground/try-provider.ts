import { admitCall, complete, prepareCall, type CompletionContext } from '../completion/index.ts'
import { allow } from '../identity/index.ts'
import { connectionToTry, type RemoteDraft } from '../models/index.ts'

export interface Trial {
  readonly model: string
  readonly prompt: string
}

/** How a trial went: that a provider refuses is an answer too. */
export type TrialResult =
  | { readonly isAnswered: true; readonly text: string }
  | { readonly isAnswered: false; readonly reason: string }

/**
 * Asks a provider that may not be saved yet one short question. Like every call it leaves a trace.
 * Needs `models:manage` and `completions:run`. Source: bodhi contract B.2.
 * @throws DomainError as `connectionToTry`, and `limit` for a key that has used up what it may.
 */
export async function tryProvider(
  ctx: CompletionContext,
  draft: RemoteDraft,
  { model, prompt }: Trial,
  signal: AbortSignal,
): Promise<TrialResult> {
  allow(ctx.caller, 'completions:run')
  const connection = await connectionToTry(ctx, draft)
  const request = {
    model,
    messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    options: {},
  } as const
  const prepared = prepareCall(connection, request, { mode: 'whole', book: 'market' })
  const call = await admitCall(ctx, prepared)
  const place = {
    spanId: ctx.ids.uuid(),
    traceId: ctx.ids.uuid(),
    parentSpanId: null,
    name: `Trial: ${model}`,
    startTime: ctx.clock.nowSeconds(),
  }
  const outcome = await complete(ctx, call, place, { announce: 'first', signal })
  return outcome.status === 'completed'
    ? { isAnswered: true, text: outcome.reply.text }
    : { isAnswered: false, reason: outcome.message }
}
