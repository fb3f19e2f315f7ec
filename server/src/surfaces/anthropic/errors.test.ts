import { describe, expect, it } from 'vitest'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError } from '../../platform/http/input-error.ts'
import { toErrorReply } from './errors.ts'
import { toErrorEvent, toRefusal } from './failures.ts'

const request = { id: 'req_1' }

function replyTo(error: unknown) {
  return toErrorReply(error, request)
}

function bodyOf(type: string, message: string) {
  return { type: 'error', error: { type, message }, request_id: 'req_1' }
}

describe('an error', () => {
  it.each<[ErrorCode, number, string]>([
    ['invalid', 400, 'invalid_request_error'],
    ['precondition', 400, 'invalid_request_error'],
    ['unauthenticated', 401, 'authentication_error'],
    ['forbidden', 403, 'permission_error'],
    ['not-found', 404, 'not_found_error'],
    ['conflict', 409, 'invalid_request_error'],
    ['limit', 429, 'rate_limit_error'],
    ['upstream', 502, 'api_error'],
    ['unavailable', 503, 'overloaded_error'],
    ['cancelled', 499, 'invalid_request_error'],
  ])('of the code %s is %i %s', (code, status, type) => {
    expect(replyTo(new DomainError(code, 'No'))).toMatchObject({ status, body: bodyOf(type, 'No') })
  })

  it('names the field where its words do not', () => {
    const details = { reason: 'unsupported_parameter', param: 'top_k' }
    const named = replyTo(new DomainError('invalid', 'OpenAI has no top_k', { details }))
    const nameless = replyTo(new DomainError('invalid', 'OpenAI has no such thing', { details }))
    expect(named).toMatchObject({ body: { error: { message: 'OpenAI has no top_k' } } })
    expect(nameless).toMatchObject({
      body: { error: { message: 'top_k: OpenAI has no such thing' } },
    })
  })

  it('brings the headers of the verb, and says 508 to a circle', () => {
    const details = { reason: 'rate_limit_exceeded', headers: { 'retry-after': '7' } }
    expect(replyTo(new DomainError('limit', 'Too many', { details }))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '7' },
    })
    const loop = new DomainError('precondition', 'x', { details: { reason: 'loop_detected' } })
    expect(replyTo(loop)).toMatchObject({ status: 508, body: bodyOf('api_error', 'x') })
  })

  it('that nobody foresaw shows nothing', () => {
    expect(replyTo(new Error('secret'))).toEqual({
      status: 500,
      body: bodyOf('api_error', 'The request failed; the log knows why'),
    })
  })

  it('of a request that is too large has its own word', () => {
    expect(replyTo(new InputError({ kind: 'too-large', limitBytes: 9 }))).toMatchObject({
      status: 413,
      body: { error: { type: 'request_too_large' } },
    })
  })
})

describe("a provider's refusal", () => {
  const failed = { message: 'OpenAI API error', headers: { 'x-pharos-span-id': 's' } }

  it('keeps its status, words and wait, and is not to be tried again', () => {
    const body = '{"error":{"message":"Slow down","type":"tokens","code":"rate"}}'
    const failure = { kind: 'status', status: 429, body, retryAfter: '3' } as const
    expect(replyTo(toRefusal({ ...failed, failure, isNative: false }))).toEqual({
      status: 429,
      body: bodyOf('rate_limit_error', 'Slow down'),
      headers: { 'x-pharos-span-id': 's', 'x-should-retry': 'false', 'retry-after': '3' },
    })
  })

  it("keeps the kind of error where it is Anthropic's own", () => {
    const body = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    const failure = { kind: 'status', status: 500, body } as const
    expect(replyTo(toRefusal({ ...failed, failure, isNative: true }))).toMatchObject({
      status: 500,
      body: bodyOf('overloaded_error', 'Overloaded'),
    })
    expect(replyTo(toRefusal({ ...failed, failure, isNative: false }))).toMatchObject({
      body: bodyOf('api_error', 'Overloaded'),
    })
  })

  it.each([
    [{ kind: 'transport', reason: 'refused' }, 502, 'api_error'],
    [{ kind: 'timeout', phase: 'first-byte', afterMs: 9 }, 504, 'timeout_error'],
    [{ kind: 'unusable', reason: 'no content', received: '{}' }, 502, 'api_error'],
  ] as const)('that never came is told: %j', (failure, status, type) => {
    expect(replyTo(toRefusal({ ...failed, failure, isNative: false }))).toMatchObject({
      status,
      body: { error: { type } },
    })
  })

  it('in the midst of a stream does not take the type of an event for one of an error', () => {
    const received = '{"type":"content_block_delta","message":"x"}'
    const failure = { kind: 'unusable', reason: 'something unexpected', received } as const
    expect(toErrorEvent(failure, true)).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'something unexpected' },
    })
  })
})
