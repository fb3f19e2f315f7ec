import type { Upstream, UpstreamReply } from '../../platform/upstream/upstream.ts'
import { faultText, statusText, timeoutText } from './delivery-fault.ts'
import { authorizationOf, bareUrl } from './webhook-url.ts'

/** How one attempt went. */
export interface AttemptOutcome {
  readonly isDelivered: boolean
  /** Of the answer, if there was one. */
  readonly status: number | null
  /** Null when it is delivered. */
  readonly error: string | null
}

interface Sending {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Its address must not lead inside. */
  readonly isGuarded: boolean
  /** For the whole attempt. */
  readonly timeoutMs: number
  /** Ends it early; what it throws then is the signal's reason. */
  readonly signal: AbortSignal
}

const delivered: ReadonlySet<number> = new Set([200, 201])
const mostReplyBytes = 4096

/**
 * One POST: no redirects, no repeats. What is answered beside the status is read a little, so that
 * the connection can be used again, and dropped. Source: hypersigil §8.2.
 */
export async function sendDelivery(
  upstream: Upstream,
  { url, headers, body, isGuarded, timeoutMs, signal }: Sending,
): Promise<AttemptOutcome> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const reply = await upstream.post({
      url: bareUrl(url),
      headers: { ...headers, ...authorizationOf(url) },
      body,
      isGuarded,
      maxAttempts: 1,
      firstByteMs: timeoutMs,
      signal: AbortSignal.any([late, signal]),
    })
    await drop(reply)
    return outcomeOf(reply.status)
  } catch (error) {
    signal.throwIfAborted()
    const words = late.aborted ? timeoutText(timeoutMs) : faultText(error)
    return { isDelivered: false, status: null, error: words }
  }
}

function outcomeOf(status: number): AttemptOutcome {
  const isDelivered = delivered.has(status)
  return { isDelivered, status, error: isDelivered ? null : statusText(status) }
}

/** The status is the answer, whatever becomes of the rest. */
async function drop(reply: UpstreamReply): Promise<void> {
  await reply.text(mostReplyBytes).catch(() => undefined)
}
