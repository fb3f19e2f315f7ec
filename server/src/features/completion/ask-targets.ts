import { isDeepStrictEqual } from 'node:util'
import { DomainError } from '../../platform/domain-error.ts'
import type { Connection, ModelTarget, ResolvedModel } from '../models/index.ts'
import { nativeWire } from './adapters/index.ts'
import type { CallBatch } from './answer.ts'
import type { Ask, ReadAsk } from './ask.ts'
import { prepareCall, type Call } from './call.ts'
import type { CallRecord } from './call-record.ts'
import { readComplaint } from './complaint.ts'
import type { CompletionFailure } from './failure.ts'
import type { FailedOutcome } from './outcome.ts'
import type { CompletionContext } from './powers.ts'
import type { CompletionPart } from './part.ts'
import { fittingRequest } from './fitting-request.ts'
import type { JsonMap } from './request.ts'
import { restTarget } from './rest-target.ts'
import { routerHeaders } from './router-headers.ts'
import { streamCall, type StreamedCall } from './run-call.ts'
import { withDefaults } from './with-defaults.ts'

/** How long a stream may be silent before a client is told that it is still on. */
export const silenceMs = 15_000

/** What is asked of every target alike. */
export interface Question {
  readonly ask: Ask
  readonly resolved: ResolvedModel
  readonly targets: readonly [PreparedTarget, ...PreparedTarget[]]
  readonly record: CallRecord
  readonly signal: AbortSignal
  /** Of each token so many alternatives, from a target that runs here; null notes no tokens. */
  readonly traceTokens: number | null
}

/** A target with the question as it is put to it. */
export interface PreparedTarget extends ModelTarget, ReadAsk {
  /** The client's body with the defaults of the aliases that led here. */
  readonly body: JsonMap
}

/** Reads the question once for targets of the same defaults. */
export function prepareTargets(
  ask: Ask,
  [first, ...others]: ResolvedModel['targets'],
): Question['targets'] {
  const prepare = (target: ModelTarget): PreparedTarget => {
    const body = withDefaults(ask.wire, ask.body, target.defaults)
    return { ...target, ...ask.read(body), body }
  }
  const begun = prepare(first)
  const { body, request, nativeOnly } = begun
  const following = others.map((target) =>
    isDeepStrictEqual(target.defaults, first.defaults)
      ? { ...target, body, request, nativeOnly }
      : prepare(target),
  )
  return [begun, ...following]
}

interface Asked {
  readonly call: Call
  readonly isNative: boolean
  /** What the reply says of how it was found. */
  readonly headers: Readonly<Record<string, string>>
}

/** A target that began to answer, with what it said so far, or the last that failed. */
export type Beginning =
  | (Asked & {
      readonly status: 'begun'
      /** Null stands for a silence. */
      readonly said: readonly (CallBatch | null)[]
      readonly rest: StreamedCall
    })
  | (Asked & { readonly status: 'failed'; readonly outcome: FailedOutcome })

/** One target after the other, until one says something that can be used. */
export async function askTargets(ctx: CompletionContext, question: Question): Promise<Beginning> {
  const { resolved, targets, record, signal } = question
  let refusal: unknown
  let failed: Extract<Beginning, { status: 'failed' }> | undefined
  let attempts = 0
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1
    let asked: Asked
    try {
      const headers = routerHeaders(resolved, target, attempts + 1)
      asked = { ...prepare(target, question, isLast), headers }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      refusal ??= error
      continue
    }
    attempts += 1
    if (failed) record.noteAttempt(failed.call, failed.outcome)
    record.begin(asked.call)
    const beginning = await begin(ctx, asked, signal).catch(async (error: unknown) => {
      await record.breakOff(asked.call)
      throw error
    })
    if (beginning.status === 'begun') return beginning
    failed = beginning
    const { failure } = beginning.outcome
    if (!mayAnotherDoBetter(failure, target.connection)) break
    restTarget(ctx, resolved, { target, failure })
  }
  if (failed === undefined) throw refusal
  return failed
}

/** Where others follow, none is asked twice. */
function prepare(
  target: PreparedTarget,
  { ask, traceTokens }: Question,
  isLast: boolean,
): Omit<Asked, 'headers'> {
  const { connection, model, firstByteMs, body, request, nativeOnly } = target
  const { hops, idempotencyKey, isLenient = false } = ask
  const native = nativeWire(connection.kind, ask.wire)
  const [field] = native ? [] : nativeOnly
  if (field !== undefined) throw unsupported(field, `${connection.label} cannot be told ${field}`)
  const call = prepareCall(
    connection,
    { ...(isLenient ? fittingRequest(request, connection) : request), model },
    {
      mode: ask.mode,
      book: 'market',
      hops,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(native ? { passed: { native, body, headers: ask.headers ?? {} } } : {}),
    },
  )
  const lost = call.warnings.find(
    ({ isHarmless, option }) => isHarmless !== true && (option === 'messages' || !isLenient),
  )
  if (lost !== undefined) throw unsupported(ask.fieldOf(lost.option), lost.message)
  const patienceMs = firstByteMs ?? ask.firstByteMs
  const maxAttempts = isLast ? ask.maxAttempts : 1
  const limits = {
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(patienceMs === undefined ? {} : { firstByteMs: patienceMs }),
  }
  const isTraced = traceTokens !== null && connection.kind === 'local'
  const traced = isTraced ? { traceTokens } : {}
  return { call: { ...call, limits, ...traced }, isNative: native !== undefined }
}

/** The refusal of what a provider cannot be told; `param` is the client's word for it. */
export function unsupported(param: string, message: string): DomainError {
  return new DomainError('invalid', message, {
    details: { reason: 'unsupported_parameter', param },
  })
}

/**
 * Waits for something to pass on. A provider that has accepted a stream and is long silent counts as
 * begun, so that its client can be kept waiting.
 */
async function begin(
  ctx: CompletionContext,
  asked: Asked,
  signal: AbortSignal,
): Promise<Beginning> {
  const streamed = streamCall(ctx, asked.call, signal)
  const batches = streamed[Symbol.asyncIterator]()
  const said: CallBatch[] = []
  using silence = new SilenceWatch()
  for (;;) {
    const next = batches.next()
    const got = said.length > 0 ? await silence.wait(next) : await next
    if (got === null) {
      const rest = resumed(streamed, batches, next)
      return { status: 'begun', ...asked, said: [...said, null], rest }
    }
    if (got.done === true) break
    said.push(got.value)
    if (got.value.parts.some(isUsable)) return { status: 'begun', ...asked, said, rest: streamed }
  }
  const outcome = await streamed.outcome
  if (outcome.status === 'failed') return { status: 'failed', ...asked, outcome }
  return { status: 'begun', ...asked, said, rest: streamed }
}

/** A call of which the next batch has been asked for already. */
function resumed(
  streamed: StreamedCall,
  batches: AsyncIterator<CallBatch>,
  asked: Promise<IteratorResult<CallBatch>>,
): StreamedCall {
  // It may fail before it is asked for again, and is then still told.
  asked.catch(() => undefined)
  let first: typeof asked | null = asked
  const next = () => {
    const answer = first ?? batches.next()
    first = null
    return answer
  }
  const rest: AsyncIterator<CallBatch> = {
    next,
    return: async () => (await batches.return?.()) ?? { done: true, value: undefined },
  }
  return { ...streamed, [Symbol.asyncIterator]: () => rest }
}

/** Tells when nothing came for a while: one timer for a whole stream. */
export class SilenceWatch implements Disposable {
  #tell: ((nothing: null) => void) | undefined
  readonly #timer = setTimeout(() => this.#tell?.(null), silenceMs)

  /** What comes within the time that a client waits without a word, else null. */
  wait<T>(next: Promise<T>): Promise<T | null> {
    this.#timer.refresh()
    return new Promise<T | null>((resolve, reject) => {
      this.#tell = resolve
      next.then(resolve, reject)
    })
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}

function isUsable({ type }: CompletionPart): boolean {
  return type !== 'start' && type !== 'error'
}

/**
 * Whether the fault lies with the target and not with the request: it is overloaded, broken, out of
 * reach, has moved, or does not know its key or model.
 */
export function mayAnotherDoBetter(
  failure: CompletionFailure,
  { kind }: Pick<Connection, 'kind'>,
): boolean {
  switch (failure.kind) {
    case 'status':
      return isOwnFault(failure.status) || (kind === 'local' && isFileFault(failure))
    case 'transport':
    case 'timeout':
    case 'unusable':
      return true
    case 'cancelled':
      return false
  }
}

function isOwnFault(status: number): boolean {
  return status < 400 || status >= 500 || [401, 402, 403, 404, 408, 429].includes(status)
}

/** The engine's refusal of a file that it cannot load, or that holds no template for chats. */
function isFileFault({ status, body }: { readonly status: number; readonly body: string }) {
  return status === 422 || readComplaint(body).code === 'chat_template_missing'
}
