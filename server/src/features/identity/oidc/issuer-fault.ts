import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { DomainError } from '../../../platform/domain-error.ts'

/** Words with which an issuer says that a code or a refresh token counts no more. */
const endings: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_token',
  'interaction_required',
  'login_required',
])

/** Whether the issuer said no to the grant itself, not to the client or the request. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ResponseBodyError && endings.has(error.error)
}

/** Whether the same question may be answered a little later: nobody was there, or too busy. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error)
  if (status !== undefined) return status >= 500 || status === 429
  if (error instanceof ClientError) {
    return error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT'
  }
  if (isGivenUp(error)) return true
  // NOTE: fetch reports a connection that failed as a TypeError with the reason as its cause.
  return error instanceof TypeError && error.cause !== undefined
}

/** Whether it is only that nobody waits for the answer any more. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) {
    return error.status
  }
  const cause = error instanceof ClientError ? error.cause : undefined
  return cause instanceof Response ? cause.status : undefined
}

/**
 * What went wrong with the issuer, in words for who logs in; the cause tells the log more. Source:
 * bodhi contract §1.7, §7.4.
 */
export function toIssuerError(error: unknown): DomainError {
  if (isPassing(error)) {
    return new DomainError('unavailable', 'The login server cannot be reached', {
      retryable: true,
      details: { code: 'reqwest_error' },
      cause: error,
    })
  }
  const word = error instanceof ResponseBodyError ? ` (${error.error})` : ''
  return new DomainError('upstream', `The login server refused${word}`, {
    details: { code: 'auth_service_error-auth_service_api_error' },
    cause: error,
  })
}
