import { describe, expect, it } from 'vitest'
import { failureFacts } from './failure-facts.ts'
import type { CompletionFailure } from './failure.ts'

describe('What every dialect tells of a failure', () => {
  it('is the status, the words and the wait of the provider', () => {
    const body = '{"error":{"message":"slow down","code":"rate"}}'
    const failure = { kind: 'status', status: 429, body, retryAfter: '20' } as const
    expect(failureFacts(failure)).toEqual({
      status: 429,
      complaint: { message: 'slow down', type: null, code: 'rate', param: null },
      headers: { 'x-should-retry': 'false', 'retry-after': '20' },
    })
  })

  it('says whether to ask again what nobody has tried again here', () => {
    const busy = { kind: 'status', status: 503, body: '', retryAfter: '2' } as const
    expect(failureFacts(busy).headers['x-should-retry']).toBe('false')
    expect(failureFacts({ ...busy, isPassing: true }).headers).toEqual({
      'x-should-retry': 'true',
      'retry-after': '2',
    })
  })

  it.each<[CompletionFailure, number]>([
    [{ kind: 'status', status: 302, body: '' }, 502],
    [{ kind: 'transport', reason: 'gone' }, 502],
    [{ kind: 'timeout', phase: 'first-byte', afterMs: 5 }, 504],
    [{ kind: 'unusable', reason: 'nonsense', received: '{"error":"no"}' }, 502],
    [{ kind: 'cancelled', reason: 'left' }, 499],
  ])('is a status of ours and no words where there is none of its own: %j', (failure, status) => {
    expect(failureFacts(failure)).toMatchObject({
      status,
      complaint: { message: null },
      headers: { 'x-should-retry': 'false' },
    })
  })
})
