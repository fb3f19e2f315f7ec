import { DomainError } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { UpstreamReply, UpstreamRequest } from '../../platform/upstream/upstream.ts'
import type { PlaygroundContext } from './powers.ts'
import { nextHop } from './redirect.ts'
import { safeReason } from './safe-reason.ts'

/** One question to a service behind the playground. It is sent once: none of them is repeatable. */
export interface ServiceQuestion {
  /** What the service is called in words. */
  readonly service: 'model server' | 'feature service'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly timeoutMs: number
  /** Aborts when the asker leaves. */
  readonly signal: AbortSignal
  /** Never to be shown, not even if the service repeats them. */
  readonly secrets: readonly string[]
  /** The reason that the service gives for a refusal may be shown to the asker. */
  readonly showsReason?: boolean
  /** The status of an answer that took too long. Default 502. */
  readonly timeoutStatus?: number
}

const longestRefusalBytes = 64 * 1024
const mostRedirects = 10

/**
 * The service's JSON.
 * @throws DomainError `upstream` when it cannot be reached, refuses, takes too long or answers no
 * JSON; `cancelled` when the asker left first.
 */
export async function askService(ctx: PlaygroundContext, asked: ServiceQuestion): Promise<unknown> {
  const deadline = AbortSignal.timeout(asked.timeoutMs)
  const signal = AbortSignal.any([asked.signal, deadline])
  try {
    const reply = await follow(ctx, asked, signal)
    if (reply.status >= 200 && reply.status < 300) return parseReply(await reply.text(), asked)
    throw refusal(reply.status, await reply.text(longestRefusalBytes), asked)
  } catch (error) {
    const failure = asFailure(error, asked, deadline)
    if (failure.code === 'upstream') note(ctx, asked, failure)
    throw failure
  }
}

/** The first answer that does not send elsewhere. */
async function follow(
  ctx: PlaygroundContext,
  { url, headers = {}, body, timeoutMs }: ServiceQuestion,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const limits = { maxAttempts: 1, firstByteMs: timeoutMs, signal }
  let request: UpstreamRequest = { url, headers, body: JSON.stringify(body), ...limits }
  for (let hops = 0; ; hops += 1) {
    const reply = await ctx.upstream.post(request)
    const next = hops < mostRedirects ? nextHop(request, reply) : null
    if (next === null) return reply
    await reply.text(longestRefusalBytes)
    request = { ...next, ...limits }
  }
}

function parseReply(text: string, { service }: ServiceQuestion): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new DomainError('upstream', `The ${service} answered something that is not JSON`)
  }
}

function refusal(status: number, body: string, asked: ServiceQuestion): DomainError {
  const isOurs = status >= 400 && status < 500 && asked.showsReason === true
  const reason = isOurs ? safeReason(body, asked.secrets) : null
  const said = `The ${asked.service} answered ${status}`
  return new DomainError('upstream', reason === null ? said : `${said}: ${reason}`)
}

function asFailure(error: unknown, asked: ServiceQuestion, deadline: AbortSignal): DomainError {
  if (error instanceof DomainError) return error
  if (!(error instanceof UpstreamError)) throw error
  const { fault } = error
  if (asked.signal.aborted) {
    return new DomainError('cancelled', 'The asker left before the answer came', { cause: error })
  }
  if (fault.kind === 'timeout' || deadline.aborted) {
    const message = `The ${asked.service} took too long to answer`
    const details = { status: asked.timeoutStatus ?? 502 }
    return new DomainError('upstream', message, { details, cause: error })
  }
  const message = `The ${asked.service} cannot be reached: ${fault.reason}`
  return new DomainError('upstream', message, { cause: error })
}

/** Without addresses' queries, bodies and keys. */
function note({ log, requestId }: PlaygroundContext, asked: ServiceQuestion, failure: Error): void {
  const path = URL.parse(asked.url)?.pathname
  const { service } = asked
  log.warn({ requestId, service, path, reason: failure.message }, 'a playground call failed')
}
