import { describe, expect, test } from 'vitest'
import { normalise } from './match-reply.ts'
import { parseTranscripts } from './transcript.ts'

const example = `= one {"span_id":
   "s1"}

# A batch is counted
@ ingestSpans §1.3-2
% openai {"text":"Hi"}
> POST /v1/spans
> accept: text/html
> {"spans":[\${one},
   2]}
< 200
< vary: Origin
< {"accepted":1}
? openai {"model":"m"}
> GET /docs
> content-type: -
< 200
< ~ <title>
`

describe('parseTranscripts', () => {
  test('reads requests, replies and pieces of text', () => {
    expect(parseTranscripts(example)).toEqual([
      {
        title: 'A batch is counted',
        route: 'ingestSpans',
        section: '§1.3-2',
        exchanges: [
          {
            behaviours: [{ provider: 'openai', json: '{"text":"Hi"}' }],
            asked: [{ provider: 'openai', json: '{"model":"m"}' }],
            method: 'POST',
            path: '/v1/spans',
            headers: { 'content-type': 'application/json', accept: 'text/html' },
            body: '{"spans":[{"span_id": "s1"},\n 2]}',
            reply: { status: 200, headers: { vary: 'Origin' }, body: '{"accepted":1}', holds: [] },
          },
          {
            behaviours: [],
            asked: [],
            method: 'GET',
            path: '/docs',
            headers: {},
            body: undefined,
            reply: { status: 200, headers: {}, body: undefined, holds: ['<title>'] },
          },
        ],
      },
    ])
  })

  test('refuses a line without a meaning and a piece without a text', () => {
    expect(() => parseTranscripts('! what')).toThrow('means nothing')
    expect(() => parseTranscripts('# ${nothing}')).toThrow('No piece of text')
  })
})

describe('normalise', () => {
  const fits = (actual: unknown, expected: unknown): boolean =>
    JSON.stringify(normalise(actual, expected, new Map())) === JSON.stringify(expected)

  test('accepts what fits a placeholder and nothing else', () => {
    const uuid = crypto.randomUUID()
    expect(fits([uuid, Date.now() / 1000, 3, 'x'], ['<uuid>', '<now>', '<int>', '<text>'])).toBe(
      true,
    )
    for (const [actual, expected] of [
      ['', '<text>'],
      [uuid.toUpperCase(), '<uuid>'],
      [1, '<now>'],
      [Date.now(), '<now>'],
      [1.5, '<int>'],
      ['1', '<number>'],
      [null, '<text>'],
    ]) {
      expect(fits(actual, expected), `${String(actual)} as ${String(expected)}`).toBe(false)
    }
  })

  test('holds a named placeholder to its first value', () => {
    const expected = ['<int:a>', '<int:a>', '<int:b>']
    expect(fits([1, 1, 2], expected)).toBe(true)
    expect(fits([1, 2, 2], expected)).toBe(false)
  })

  test('shows further keys unless they are asked to be left out', () => {
    expect(fits({ a: 1, b: 2 }, { a: 1 })).toBe(false)
    expect(fits({ a: 1, b: 2 }, { a: 1, '…': '' })).toBe(true)
    expect(fits({ b: 2 }, { a: 1, '…': '' })).toBe(false)
    expect(fits([1, 2], [1])).toBe(false)
  })
})
