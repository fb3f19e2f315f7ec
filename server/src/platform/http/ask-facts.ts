import { DomainError } from '../domain-error.ts'
import type { RequestFacts } from './request-facts.ts'

/** What every question to a model takes from its request, whatever the dialect. */
export interface AskFacts {
  /** How many servers like this one the request has passed. */
  readonly hops: number
  /** As it was sent; not checked. */
  readonly traceparent: string | undefined
  readonly requestId: string
  /** With how many alternatives each token is to be noted; null where nobody asks for it. */
  readonly traceTokens: number | null
}

/** @throws DomainError `invalid` for a header that says nothing that could be done. */
export function askFacts(request: RequestFacts): AskFacts {
  const { traceparent } = request.headers
  return {
    hops: hopsOf(request),
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    requestId: request.id,
    traceTokens: traceTokensOf(request),
  }
}

/** Of several counts the largest; a header without any counts as none. */
export function hopsOf({ headers }: Pick<RequestFacts, 'headers'>): number {
  const counts = String(headers['x-pharos-hops'] ?? '').match(/(?<![-.\d])\d+(?!\.)/gu) ?? []
  return Math.max(0, ...counts.map(Number))
}

const traceTokensHeader = 'x-pharos-trace-tokens'
const mostAlternatives = 20

/** Only a model that runs here can do it; for others the header says nothing. */
function traceTokensOf({ headers }: Pick<RequestFacts, 'headers'>): number | null {
  const given = headers[traceTokensHeader]
  if (given === undefined) return null
  const count = /^\d{1,2}$/u.test(String(given)) ? Number(given) : Infinity
  if (count <= mostAlternatives) return count
  const message = `Must be an integer from 0 to ${mostAlternatives}`
  throw new DomainError('invalid', message, { details: { param: traceTokensHeader } })
}
