import type { RequestFacts } from './request-facts.ts'

/** What every question to a model takes from its request, whatever the dialect. */
export interface AskFacts {
  /** How many servers like this one the request has passed. */
  readonly hops: number
  /** As it was sent; not checked. */
  readonly traceparent: string | undefined
  readonly requestId: string
}

export function askFacts(request: RequestFacts): AskFacts {
  const { traceparent } = request.headers
  return {
    hops: hopsOf(request),
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    requestId: request.id,
  }
}

/** Of several counts the largest; a header without any counts as none. */
export function hopsOf({ headers }: Pick<RequestFacts, 'headers'>): number {
  const counts = String(headers['x-pharos-hops'] ?? '').match(/(?<![-.\d])\d+(?!\.)/gu) ?? []
  return Math.max(0, ...counts.map(Number))
}
