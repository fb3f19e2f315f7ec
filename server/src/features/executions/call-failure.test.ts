import { describe, expect, it } from 'vitest'
import { JobRetry } from '../../platform/jobs/job-outcomes.ts'
import type { CompletionFailure, FailedOutcome } from '../completion/index.ts'
import { toJobError } from './call-failure.ts'

const now = 1_700_000_000

function errorOf(failure: CompletionFailure, message = 'words') {
  // Of an outcome only these two are looked at.
  const outcome = { failure, message } as FailedOutcome
  return toJobError({ outcome, label: 'Lab', now })
}

const status = (code: number, body = '', retryAfter?: string) =>
  errorOf({
    kind: 'status',
    status: code,
    body,
    ...(retryAfter !== undefined && { retryAfter }),
  })

describe('what follows from a failed call', () => {
  it.each([408, 429, 500, 502, 503, 529])('tries again after %i', (code) => {
    expect(status(code)).toBeInstanceOf(JobRetry)
  })

  it.each([302, 400, 401, 404, 501, 508])('ends with %i', (code) => {
    expect(status(code)).not.toBeInstanceOf(JobRetry)
  })

  it('waits as long as the provider asks for', () => {
    expect(status(429, '', '7')).toMatchObject({ afterMs: 7000 })
    const at = new Date((now + 5) * 1000).toUTCString()
    expect(status(503, '', at)).toMatchObject({ afterMs: 5000 })
    expect(status(503, '', 'soon')).toMatchObject({ afterMs: 0 })
  })

  it('says it in the words that clients know', () => {
    const body = JSON.stringify({ error: { message: 'No such model' } })
    expect(status(404, body).message).toBe(
      'ProviderError: Lab API error: 404 Not Found - No such model',
    )
    expect(status(500).message).toBe('ProviderError: Lab API error: 500 Internal Server Error')
    expect(errorOf({ kind: 'transport', reason: 'refused' }).message).toBe(
      'ProviderUnavailableError: words',
    )
    const late = { kind: 'timeout', phase: 'first-byte', afterMs: 9 } as const
    expect(errorOf(late).message).toBe('ProviderTimeoutError: words')
    const nonsense = { kind: 'unusable', reason: '', received: '' } as const
    expect(errorOf(nonsense).message).toBe('ProviderError: words')
  })
})
