import { describe, expect, it } from 'vitest'
import { failureMessage, failureToError, firstCharacters } from './failure-words.ts'
import type { CompletionFailure } from './failure.ts'

const status = (code: number, body = 'why'): CompletionFailure => ({
  kind: 'status',
  status: code,
  body,
})
const errorOf = (failure: CompletionFailure, prefix?: string) =>
  failureToError({ failure, message: failureMessage(failure, 'OpenAI') }, prefix)

describe('failureToError', () => {
  it.each([
    [400, 'invalid'],
    [401, 'invalid'],
    [404, 'invalid'],
    [422, 'invalid'],
    [302, 'upstream'],
    [429, 'upstream'],
    [500, 'upstream'],
    [503, 'upstream'],
  ])('makes of the provider’s %i an error %s', (code, expected) => {
    expect(errorOf(status(code))).toMatchObject({
      code: expected,
      message: `OpenAI API error ${code}: why`,
      details: { reason: 'status', status: code },
      retryable: expected === 'upstream',
    })
  })

  it('says with a prefix that the provider could not be reached in time', () => {
    const refused: CompletionFailure = { kind: 'transport', reason: 'the connection was refused' }
    expect(errorOf(refused)).toMatchObject({
      code: 'upstream',
      message: 'LLM API call failed: the connection was refused',
    })
    const silent: CompletionFailure = { kind: 'timeout', phase: 'first-byte', afterMs: 1500 }
    expect(errorOf(silent, 'Analysis failed')).toMatchObject({
      code: 'upstream',
      message: 'Analysis failed: OpenAI did not answer within 1500 ms',
    })
    const stalled: CompletionFailure = { kind: 'timeout', phase: 'between-chunks', afterMs: 20 }
    expect(errorOf(stalled).message).toMatch(/nothing more for 20 ms$/u)
  })

  it('gives an unusable answer as it is and tells a leaving from a fault', () => {
    const unusable: CompletionFailure = { kind: 'unusable', reason: 'no choices', received: '{}' }
    expect(errorOf(unusable)).toMatchObject({ code: 'upstream', message: 'no choices' })
    expect(errorOf({ kind: 'cancelled', reason: 'gone' })).toMatchObject({ code: 'cancelled' })
  })

  it('shows 200 characters of a body and cuts none in two', () => {
    const message = failureMessage(status(500, '🙂'.repeat(300)), 'OpenAI')
    expect(message).toBe(`OpenAI API error 500: ${'🙂'.repeat(200)}`)
    expect(firstCharacters('x'.repeat(200))).toHaveLength(200)
  })
})
