import { DomainError } from '../../platform/domain-error.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { ActivationPowers } from './powers.ts'

export interface Question {
  /** Path below the service's address. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  /** The longest wait for the whole answer. */
  readonly timeoutMs?: number
}

/** `isRunFailure`: the service was asked and refused or failed, which a list of runs shows. */
export type ServiceAnswer =
  | { readonly kind: 'answered'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly error: DomainError; readonly isRunFailure: boolean }

/** Generating and collecting may take long. Source: thunder contract §7.1. */
const serviceTimeoutMs = 180_000

/** As much of a refusal as is worth a line of the log. */
const loggedChars = 2000

/** Throws `unavailable` when the operator has set no address. */
export function hfUrlOf({ activationServices }: Pick<ActivationPowers, 'activationServices'>) {
  const { hfUrl } = activationServices
  if (hfUrl !== undefined) return hfUrl
  const details = { errorCode: 'HF_NOT_CONFIGURED' }
  throw new DomainError('unavailable', 'The HF inference service is not configured', { details })
}

/**
 * Asks the inference service once: what it was asked to generate may cost minutes. What it says in
 * a refusal is logged and not handed on, because it may hold paths of its machine. Throws
 * `cancelled` when the signal, not the limit, ends it.
 */
export async function askService(
  ctx: Pick<ActivationPowers, 'upstream' | 'log' | 'activationServices'>,
  { path, body, signal, timeoutMs = serviceTimeoutMs }: Question,
): Promise<ServiceAnswer> {
  const url = `${hfUrlOf(ctx)}${path}`
  const limit = AbortSignal.timeout(timeoutMs)
  const either = AbortSignal.any([signal, limit])
  let reply: UpstreamReply
  try {
    reply = await ctx.upstream.post({
      url,
      headers: { accept: 'application/json' },
      body: JSON.stringify(body),
      signal: either,
      maxAttempts: 1,
      firstByteMs: timeoutMs,
    })
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'failed', error: noAnswer(error, limit), isRunFailure: true }
  }
  try {
    if (reply.status >= 200 && reply.status < 300) {
      return { kind: 'answered', bytes: await bytesOf(reply.chunks) }
    }
    const text = await reply.text(loggedChars)
    ctx.log.warn({ status: reply.status, text: without(text, body) }, 'the HF service refused')
    const error = badAnswer(`The HF inference service answered ${reply.status}`)
    return { kind: 'failed', error, isRunFailure: true }
  } catch (error) {
    signal.throwIfAborted()
    const isRefusal = reply.status < 200 || reply.status >= 300
    const message = isRefusal
      ? `The HF inference service answered ${reply.status}`
      : 'The answer of the HF inference service broke off'
    return { kind: 'failed', error: badAnswer(message, error), isRunFailure: isRefusal }
  }
}

export function badAnswer(message: string, cause?: unknown): DomainError {
  return new DomainError('upstream', message, {
    details: { status: 502, errorCode: 'HF_BAD_RESPONSE' },
    cause,
  })
}

function noAnswer(cause: unknown, limit: AbortSignal): DomainError {
  if (!(cause instanceof UpstreamError)) throw cause
  if (limit.aborted || cause.fault.kind === 'timeout') {
    const details = { status: 504, errorCode: 'HF_TIMEOUT' }
    const message = 'The HF inference service did not answer in time'
    return new DomainError('upstream', message, { details, cause })
  }
  const details = { status: 502, errorCode: 'HF_UNAVAILABLE' }
  const message = 'The HF inference service cannot be reached'
  return new DomainError('upstream', message, { details, cause })
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  // NOTE: small results of Buffer.concat share a pool, which cannot be handed to another thread.
  const bytes = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

/** A service that refuses a path usually repeats it, and the prompt with it. */
function without(text: string, { sae_local_path: path }: Question['body']): string {
  return typeof path === 'string' && path !== '' ? text.replaceAll(path, '(path)') : text
}
