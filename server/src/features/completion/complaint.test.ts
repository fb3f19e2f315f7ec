import { describe, expect, it } from 'vitest'
import { readComplaint } from './complaint.ts'

const nothing = { message: null, type: null, code: null, param: null }

describe('The complaint of a provider', () => {
  it.each([
    [
      'OpenAI',
      { error: { message: 'no', type: 'invalid_request_error', param: 'n', code: 'bad' } },
      { message: 'no', type: 'invalid_request_error', param: 'n', code: 'bad' },
    ],
    [
      'Anthropic',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { ...nothing, message: 'Overloaded', type: 'overloaded_error' },
    ],
    [
      'Google',
      { error: { code: 429, message: 'quota', status: 'RESOURCE_EXHAUSTED' } },
      { ...nothing, message: 'quota', code: 'RESOURCE_EXHAUSTED' },
    ],
    [
      'Google in a list',
      [{ error: { code: 400, message: 'no key' } }],
      { ...nothing, message: 'no key', code: '400' },
    ],
    ['Ollama', { error: 'model not found' }, { ...nothing, message: 'model not found' }],
    ['others', { detail: 'Unauthorized' }, { ...nothing, message: 'Unauthorized' }],
    ['others still', { message: 'Too long' }, { ...nothing, message: 'Too long' }],
    ['nobody in particular', { detail: [{ loc: ['body'] }] }, nothing],
    ['a list of nothing', [], nothing],
  ])('in the form of %s is understood', (_who, body, complaint) => {
    expect(readComplaint(JSON.stringify(body))).toEqual(complaint)
  })

  it('that is plain text is the message, and a page for people is not', () => {
    expect(readComplaint(' upstream is down\n').message).toBe('upstream is down')
    expect(readComplaint('<html><body>502</body></html>')).toEqual(nothing)
    expect(readComplaint('')).toEqual(nothing)
  })
})
