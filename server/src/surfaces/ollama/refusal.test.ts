import { describe, expect, it } from 'vitest'
import { DomainError } from '../../platform/domain-error.ts'
import { InputError } from '../../platform/http/input-error.ts'
import type { CompletionFailure, FailedAnswer } from '../../features/completion/index.ts'
import { foldParts } from '../../features/completion/fold-parts.ts'
import { unknownUsage } from '../../features/pricing/index.ts'
import { toErrorReply } from './errors.ts'
import { toRefusal } from './refusal.ts'

function failed(failure: CompletionFailure): FailedAnswer {
  return {
    status: 'failed',
    model: 'm',
    createdAt: 0,
    traceId: 't',
    spanId: 's',
    isNative: false,
    provider: 'openai',
    providerModel: 'm',
    cache: null,
    headers: { 'x-pharos-trace-id': 't' },
    outcome: {
      status: 'failed',
      startedAt: 0,
      endedAt: 0,
      latencyMs: 0,
      timeToFirstTokenMs: null,
      attempts: 1,
      usage: unknownUsage,
      price: { status: 'unknown', reason: 'unknown-usage' },
      failure,
      message: 'in our words',
      partial: foldParts([]),
      received: null,
    },
  }
}

const replyTo = (failure: CompletionFailure) => toErrorReply(toRefusal(failed(failure)))
const always = { 'x-pharos-trace-id': 't', 'x-should-retry': 'false' }

describe('a provider’s refusal', () => {
  it.each([
    ['{"error":"model is busy"}', 'model is busy'],
    ['{"error":{"message":"too long","code":"x"}}', 'too long'],
    ['[{"error":{"message":"no such key"}}]', 'no such key'],
    ['{"message":"nothing here"}', 'nothing here'],
    ['{"error":{}}', 'in our words'],
    ['<html>', 'in our words'],
  ])('keeps its status and words: %s', (body, error) => {
    expect(replyTo({ kind: 'status', status: 418, body })).toEqual({
      status: 418,
      body: { error },
      headers: always,
    })
  })

  it('says when to come back if it was told', () => {
    const failure = { kind: 'status', status: 429, body: '', retryAfter: '7' } as const
    expect(replyTo(failure)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
  })

  it.each([
    [{ kind: 'status', status: 302, body: '' }, 502],
    [{ kind: 'transport', reason: 'gone' }, 502],
    [{ kind: 'timeout', phase: 'first-byte', afterMs: 5 }, 504],
    [{ kind: 'unusable', reason: 'nonsense', received: '' }, 502],
    [{ kind: 'cancelled', reason: 'left' }, 499],
  ] as const)('of no status of its own has ours: %j', (failure, status) => {
    expect(replyTo(failure)).toEqual({ status, body: { error: 'in our words' }, headers: always })
  })
})

describe('what a verb throws', () => {
  it.each([
    ['invalid', 400],
    ['forbidden', 403],
    ['not-found', 404],
    ['limit', 429],
    ['precondition', 400],
  ] as const)('as %s is %i', (code, status) => {
    expect(toErrorReply(new DomainError(code, 'why'))).toMatchObject({
      status,
      body: { error: 'why' },
    })
  })

  it.each([
    ['Lab has output by schema only', 'format', 'format: Lab has output by schema only'],
    ['Lab cannot be told raw', 'raw', 'Lab cannot be told raw'],
  ])('names the field at fault, once: %s', (message, param, error) => {
    const thrown = new DomainError('invalid', message, { details: { param } })
    expect(toErrorReply(thrown)).toMatchObject({ status: 400, body: { error } })
  })

  it('brings its headers and knows a loop', () => {
    const headers = { 'x-ratelimit-limit-requests': '5' }
    const limit = new DomainError('limit', 'later', { details: { headers } })
    expect(toErrorReply(limit).headers).toMatchObject(headers)
    const loop = new DomainError('precondition', 'x', { details: { reason: 'loop_detected' } })
    expect(toErrorReply(loop).status).toBe(508)
  })

  it('is not told when it is a bug', () => {
    const reply = toErrorReply(new TypeError('secret is undefined'))
    expect(reply.status).toBe(500)
    expect(JSON.stringify(reply)).not.toContain('secret')
  })
})

describe('a request that no verb sees', () => {
  it.each([
    [{ kind: 'unknown-path' }, 404],
    [{ kind: 'method-not-allowed', allow: ['POST'] }, 405],
    [{ kind: 'missing-body' }, 400],
    [{ kind: 'content-type', contentType: 'text/html' }, 415],
    [{ kind: 'content-encoding', encoding: 'zip', message: 'what?' }, 400],
    [{ kind: 'not-json', offset: 3, message: 'x' }, 400],
    [{ kind: 'too-deep', limit: 200 }, 400],
    [{ kind: 'too-large', limitBytes: 5 }, 413],
    [{ kind: 'busy', retryAfterSeconds: 1 }, 503],
    [{ kind: 'schema', part: 'body', issues: [], input: null }, 400],
  ] as const)('is refused in one sentence: %j', (problem, status) => {
    const reply = toErrorReply(new InputError(problem))
    expect(reply).toMatchObject({ status, body: { error: expect.any(String) } })
  })
})
