import { describe, expect, it } from 'vitest'
import { DomainError, type ErrorCode } from '../../platform/domain-error.ts'
import { InputError, type InputProblem } from '../../platform/http/input-error.ts'
import { toErrorReply } from './errors.ts'

const path = '/api/v1/prompts/preview'

function bodyOf(error: unknown, at = path): unknown {
  const reply = toErrorReply(error, { path: at })
  return 'body' in reply ? [reply.status, reply.body] : reply
}
const both = (error: string, message: string) => ({ error, message, data: { error, message } })
const issue = (field: string, message: string) => ({ error: [{ field, type: 'general', message }] })

describe('An error in Hypersigil’s words', () => {
  it.each<[ErrorCode, number, string]>([
    ['invalid', 400, 'Validation Error'],
    ['precondition', 400, 'Bad Request'],
    ['unauthenticated', 401, 'Unauthorized'],
    ['forbidden', 403, 'Forbidden'],
    ['not-found', 404, 'Not Found'],
    ['conflict', 409, 'Conflict'],
    ['limit', 429, 'Too Many Requests'],
    ['upstream', 502, 'Bad Gateway'],
    ['unavailable', 503, 'Service Unavailable'],
  ])('says %s with status %i, inside data and beside it', (code, status, label) => {
    expect(bodyOf(new DomainError(code, 'Why'))).toEqual([status, both(label, 'Why')])
  })

  it.each([
    ['/api/v1/executions/1', 'not-found', 'Execution not found'],
    ['/api/v1/executions', 'invalid', 'Validation error'],
    ['/api/v1/test-data/groups/1', 'not-found', 'Not found'],
    ['/api/v1/settings', 'invalid', 'Bad Request'],
    ['/api/v1/jobs/1', 'not-found', 'Job not found'],
    ['/api/v1/constructor', 'not-found', 'Not Found'],
  ] as const)('calls what is wrong at %s as that group does', (at, code, label) => {
    const error = new DomainError(code, 'Why')
    expect(bodyOf(error, at)).toMatchObject([expect.any(Number), both(label, 'Why')])
  })

  it('takes a label and what is to be shown from the error', () => {
    const details = { label: 'Compilation Error', shown: [{ keyword: 'required' }], secret: 'x' }
    const message = 'Why'
    const error = 'Compilation Error'
    expect(bodyOf(new DomainError('invalid', message, { details }))).toEqual([
      400,
      { error, message, data: { error, message, details: [{ keyword: 'required' }] } },
    ])
  })

  it.each<[InputProblem, number, unknown]>([
    [{ kind: 'unknown-path' }, 404, both('Not Found', 'No such path')],
    [{ kind: 'method-not-allowed', allow: ['GET'] }, 404, both('Not Found', 'No such path')],
    [{ kind: 'missing-body' }, 422, issue('request', 'The body is missing')],
    [
      { kind: 'content-type', contentType: 'text/plain' },
      422,
      issue('request', 'Send JSON as application/json'),
    ],
    [
      { kind: 'content-encoding', encoding: 'x', message: 'Unknown encoding' },
      400,
      both('Validation Error', 'Unknown encoding'),
    ],
    [
      { kind: 'not-json', offset: 7, message: 'a comma' },
      400,
      both('Validation Error', 'The body is not JSON: a comma at 7'),
    ],
    [
      { kind: 'not-json', offset: 7, message: 'NaN', isNotFinite: true },
      422,
      issue('request', 'The body is not JSON: NaN at 7'),
    ],
    [
      { kind: 'too-deep', limit: 200 },
      422,
      issue('request', 'JSON is nested deeper than 200 levels'),
    ],
    [
      { kind: 'too-large', limitBytes: 10 },
      400,
      both('Validation Error', 'The body has more than 10 bytes'),
    ],
    [
      { kind: 'busy', retryAfterSeconds: 2 },
      503,
      both('Service Unavailable', 'The server is busy: try again later'),
    ],
  ])('answers a request of which %o', (problem, status, body) => {
    expect(bodyOf(new InputError(problem))).toEqual([status, body])
  })

  it('tells nothing of a fault of its own, and says so in a list', () => {
    const told = issue('general', 'Internal server error')
    expect(bodyOf(new Error('secret'))).toEqual([500, told])
  })

  it('tells of a fault of the dashboard as the dashboard does, and of a refusal as all do', () => {
    const board = '/API/V1/Dashboard/stats'
    const fault = { success: false, error: 'Internal server error', err: true }
    expect(bodyOf(new Error('secret'), board)).toEqual([500, fault])
    const refused = both('Forbidden', 'Why')
    expect(bodyOf(new DomainError('forbidden', 'Why'), board)).toEqual([403, refused])
  })
})
