/** HTTP towards model providers and services: one pool, retries, limits on waiting, abort. */

export interface UpstreamRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON text; without one the request is a GET. */
  readonly body?: string
  readonly signal?: AbortSignal
  /** How often it is sent at most; the retry rules decide unless said otherwise. */
  readonly maxAttempts?: number
  /** Longest wait for the first byte of the reply's body, instead of the pool's. */
  readonly firstByteMs?: number
  /** The largest reply, instead of the pool's. */
  readonly replyBytes?: number
  /** Set where somebody but the operator chose the address: it must not lead inside. */
  readonly isGuarded?: boolean
}

/** An answer whose head has arrived. Its body must be read to the end or cancelled. */
export interface UpstreamReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** How often the request was sent. */
  readonly attempts: number
  /** The body as it comes; throws UpstreamError when it breaks off, stalls, or is aborted. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** The whole body as text, cut after `limitBytes`. */
  text(limitBytes?: number): Promise<string>
}

export interface Upstream extends AsyncDisposable {
  /** Sends it, as a GET when it has no body. Throws UpstreamError when no answer came. */
  post(request: UpstreamRequest): Promise<UpstreamReply>
}
