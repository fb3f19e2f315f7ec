import { describe, expect, it } from 'vitest'
import { askFacts } from './ask-facts.ts'
import type { RequestFacts } from './request-facts.ts'

function factsWith(headers: RequestFacts['headers']) {
  const request = { id: 'r', method: 'POST', path: '/', query: {}, peerAddress: undefined }
  return askFacts({ ...request, headers })
}

describe('A question', () => {
  it('may ask for its tokens with so many alternatives', () => {
    expect(factsWith({}).traceTokens).toBeNull()
    for (const count of [0, 1, 20]) {
      expect(factsWith({ 'x-pharos-trace-tokens': String(count) }).traceTokens).toBe(count)
    }
  })

  it.each(['', ' ', '21', '-1', '1.5', '5x', '0x5', '1, 2', 'true', '100', '１'])(
    'is refused when it asks for %j',
    (count) => {
      expect(() => factsWith({ 'x-pharos-trace-tokens': count })).toThrow(
        expect.objectContaining({
          code: 'invalid',
          details: { param: 'x-pharos-trace-tokens' },
        }),
      )
    },
  )
})
