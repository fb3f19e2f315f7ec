import { errorCodes, errorTypes } from '@pharos/contract/bodhi/error-codes.ts'
import { BodhiError } from '@pharos/contract/bodhi/errors.ts'
import { describe, expect, it } from 'vitest'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import { toErrorReply } from './errors.ts'

function bodyOf(error: unknown): unknown {
  const reply = toErrorReply(error)
  if (!('body' in reply)) throw new Error('an error is told as JSON')
  BodhiError.parse(reply.body)
  return reply.body
}

/** Source: bodhi contract §3.3, §7.6. */
const stateCodes: ReadonlySet<string> = new Set([
  'login_error-app_status_invalid',
  'auth_route_error-tenant_not_found',
  'auth_route_error-app_status_invalid',
])

describe('what a verb throws', () => {
  it.each(Object.entries(errorCodes))('is told by the code it brings: %s', (code, status) => {
    for (const name of ['code', 'reason']) {
      const error = new DomainError('invalid', 'No', { details: { [name]: code } })
      expect(toErrorReply(error).status).toBe(status)
      const type = stateCodes.has(code) ? 'invalid_app_state' : errorTypes[status]
      expect(bodyOf(error)).toEqual({ error: { message: 'No', type, code, param: null } })
    }
  })

  it.each<[ErrorCode, number, string]>([
    ['invalid', 400, 'obj_validation_error-validation_errors'],
    ['precondition', 400, 'bad_request_error'],
    ['unauthenticated', 401, 'auth_error-invalid_access'],
    ['forbidden', 403, 'api_auth_error-forbidden'],
    ['not-found', 404, 'not_found'],
    ['conflict', 409, 'conflict'],
    ['limit', 429, 'limit_reached'],
    ['upstream', 502, 'upstream_error'],
    ['unavailable', 503, 'service_unavailable'],
    ['cancelled', 499, 'cancelled'],
  ])('is told by its kind otherwise: %s', (kind, status, code) => {
    const error = new DomainError(kind, 'No', { details: { reason: 'unknown-here' } })
    expect(toErrorReply(error).status).toBe(status)
    expect(bodyOf(error)).toMatchObject({ error: { code } })
  })

  it('names the field and the facts, but nothing that is meant for others', () => {
    const details = { param: 'repo', repo: 'a/b', status: 418, headers: { x: 'y' }, error: 'e' }
    expect(bodyOf(new DomainError('invalid', 'No', { details }))).toMatchObject({
      error: { param: 'repo', details: { repo: 'a/b' } },
    })
    expect(bodyOf(new DomainError('invalid', 'No', { details }))).not.toHaveProperty(
      'error.details.status',
    )
  })

  it('says nothing of a bug', () => {
    const bug = new Error('secret')
    expect(toErrorReply(bug).status).toBe(500)
    expect(JSON.stringify(bodyOf(bug))).not.toContain('secret')
  })
})

describe('what is wrong with a request', () => {
  const issues = [{ code: 'custom' as const, path: ['data', 0, 'page'], message: 'is odd' }]
  it.each<[InputProblem, number, string]>([
    [{ kind: 'unknown-path' }, 404, 'not_found'],
    [{ kind: 'method-not-allowed', allow: ['GET'] }, 405, 'method_not_allowed'],
    [{ kind: 'missing-body' }, 400, 'json_rejection_error'],
    [{ kind: 'content-type', contentType: 'text/csv' }, 400, 'json_rejection_error'],
    [{ kind: 'content-encoding', encoding: 'x', message: 'No' }, 400, 'json_rejection_error'],
    [{ kind: 'not-json', offset: 1, message: 'No' }, 400, 'json_rejection_error'],
    [{ kind: 'too-deep', limit: 1 }, 400, 'json_rejection_error'],
    [{ kind: 'too-large', limitBytes: 1 }, 413, 'request_too_large'],
    [{ kind: 'busy', retryAfterSeconds: 1 }, 503, 'service_unavailable'],
    [{ kind: 'schema', part: 'body', issues, input: {} }, 400, 'json_rejection_error'],
    [{ kind: 'schema', part: 'query', issues, input: {} }, 400, 'bad_request_error'],
    [{ kind: 'schema', part: 'params', issues, input: {} }, 400, 'bad_request_error'],
  ])('%j', (problem, status, code) => {
    const error = new InputError(problem)
    expect(toErrorReply(error).status).toBe(status)
    const param = problem.kind === 'schema' ? 'data[0].page' : null
    expect(bodyOf(error)).toMatchObject({ error: { code, param, message: expect.any(String) } })
  })
})
