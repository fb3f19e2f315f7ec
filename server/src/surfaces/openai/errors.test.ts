import { OpenAiError } from '@pharos/contract/openai/errors.ts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { CompletionFailure, FailedAnswer } from '../../features/completion/index.ts'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import { toErrorReply } from './errors.ts'
import { toInterruption, toRefusal } from './refusal.ts'

/** Status and error of a reply, whose body must be in the published shape. */
function shown(error: unknown) {
  const reply = toErrorReply(error)
  const body = 'body' in reply ? reply.body : undefined
  return { status: reply.status, ...OpenAiError.parse(body).error, headers: reply.headers }
}

describe('An error of a verb', () => {
  it.each<[ErrorCode, object, object]>([
    [
      'not-found',
      { reason: 'model_not_found' },
      { status: 404, code: 'alias_not_found_error', type: 'not_found_error' },
    ],
    [
      'unauthenticated',
      {},
      { status: 401, code: 'auth_error-invalid_access', type: 'authentication_error' },
    ],
    ['forbidden', {}, { status: 403, code: 'api_auth_error-forbidden', type: 'forbidden_error' }],
    ['limit', { reason: 'rate_limit_exceeded' }, { status: 429, code: 'rate_limit_exceeded' }],
    ['limit', { reason: 'insufficient_quota' }, { status: 429, code: 'insufficient_quota' }],
    [
      'precondition',
      { reason: 'loop_detected' },
      { status: 508, code: 'loop_detected', headers: { 'x-should-retry': 'false' } },
    ],
    ['precondition', { reason: 'no-key' }, { status: 400, code: 'no-key' }],
    ['invalid', { reason: 'ambiguous_model' }, { status: 400, code: 'ambiguous_model' }],
    [
      'invalid',
      { reason: 'unsupported_parameter', param: 'logit_bias' },
      {
        status: 400,
        code: 'unsupported_parameter',
        param: 'logit_bias',
        type: 'invalid_request_error',
      },
    ],
    [
      'invalid',
      { param: 'messages' },
      { status: 400, code: 'oai_route_error-invalid_request', param: 'messages' },
    ],
    ['unavailable', {}, { status: 503, headers: { 'retry-after': '1' } }],
    ['upstream', {}, { status: 502 }],
  ])('%s %j is said in the words of OpenAI', (code, details, expected) => {
    expect(shown(new DomainError(code, 'why', { details }))).toMatchObject({
      message: 'why',
      ...expected,
    })
  })

  it('brings its headers', () => {
    const headers = { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' }
    const error = new DomainError('limit', 'why', {
      details: { reason: 'rate_limit_exceeded', headers },
    })
    expect(shown(error).headers).toEqual(headers)
  })

  it('that is a bug tells no detail', () => {
    expect(shown(new TypeError('secret'))).toMatchObject({
      status: 500,
      type: 'internal_server_error',
      message: 'The request failed; the log knows why',
    })
  })
})

describe('A request that cannot be read', () => {
  const schema = z.object({ messages: z.array(z.object({ role: z.string() })) })
  const unfit: InputProblem = {
    kind: 'schema',
    part: 'body',
    issues: schema.safeParse({ messages: [{ role: 1 }] }).error?.issues ?? [],
    input: {},
  }

  it.each<[InputProblem, object]>([
    [unfit, { status: 400, code: 'oai_route_error-invalid_request', param: 'messages[0].role' }],
    [{ kind: 'missing-body' }, { status: 400, code: 'json_rejection_error', param: null }],
    [
      { kind: 'content-type', contentType: 'text/plain' },
      { status: 400, code: 'json_rejection_error' },
    ],
    [
      { kind: 'content-encoding', encoding: 'br', message: 'no' },
      { status: 400, code: 'json_rejection_error' },
    ],
    [
      { kind: 'not-json', offset: 1, message: 'no' },
      { status: 400, code: 'json_rejection_error' },
    ],
    [
      { kind: 'too-deep', limit: 200 },
      { status: 400, code: 'json_rejection_error' },
    ],
    [
      { kind: 'too-large', limitBytes: 5 },
      { status: 413, code: 'request_too_large' },
    ],
    [
      { kind: 'busy', retryAfterSeconds: 1 },
      { status: 503, type: 'service_unavailable' },
    ],
    [{ kind: 'unknown-path' }, { status: 404, type: 'not_found_error' }],
    [{ kind: 'method-not-allowed', allow: ['POST'] }, { status: 405 }],
  ])('%j is refused', (problem, expected) => {
    expect(shown(new InputError(problem))).toMatchObject(expected)
  })
})

describe('A call that failed', () => {
  const failed = (failure: CompletionFailure): FailedAnswer =>
    ({
      status: 'failed',
      headers: { 'x-pharos-trace-id': 't' },
      outcome: { status: 'failed', failure, message: 'in our words' },
    }) as unknown as FailedAnswer

  it('keeps status, words and waiting time of the provider, and is not to be tried again', () => {
    const body = JSON.stringify({
      error: { message: 'slow down', type: 'tokens', code: 'rate', param: 'n' },
    })
    const failure = { kind: 'status', status: 429, body, retryAfter: '20' } as const
    expect(shown(toRefusal(failed(failure)))).toEqual({
      status: 429,
      message: 'slow down',
      type: 'tokens',
      code: 'rate',
      param: 'n',
      headers: { 'x-pharos-trace-id': 't', 'x-should-retry': 'false', 'retry-after': '20' },
    })
  })

  it.each<[CompletionFailure, object]>([
    [
      { kind: 'status', status: 529, body: '<html>' },
      { status: 529, message: 'in our words', code: null, type: 'internal_server_error' },
    ],
    [
      { kind: 'status', status: 404, body: '{"error":"no such model"}' },
      { status: 404, message: 'no such model', type: 'not_found_error' },
    ],
    [
      { kind: 'transport', reason: 'r' },
      { status: 502, message: 'in our words' },
    ],
    [{ kind: 'timeout', phase: 'first-byte', afterMs: 5 }, { status: 504 }],
    [{ kind: 'unusable', reason: 'r', received: '' }, { status: 502 }],
    [{ kind: 'cancelled', reason: 'r' }, { status: 499 }],
  ])('%j has its status', (failure, expected) => {
    expect(shown(toRefusal(failed(failure)))).toMatchObject(expected)
  })

  it('after the first byte is one kind of error, in the words of what broke it off', () => {
    expect(
      shown(toInterruption({ kind: 'timeout', phase: 'between-chunks', afterMs: 5 })),
    ).toMatchObject({
      message: 'The provider sent nothing more for 5 ms',
      type: 'internal_server_error',
      code: 'server_error-timeout_error',
    })
    expect(
      shown(toInterruption({ kind: 'unusable', reason: 'broke off', received: '' })),
    ).toMatchObject({
      message: 'broke off',
      code: 'server_error-stream_interrupted',
    })
  })
})
