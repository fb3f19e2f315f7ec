import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { incompleteLength, TextStream } from './text-stream.ts'

function streamed(
  pieces: readonly (string | Uint8Array)[],
  stops: readonly string[] = [],
): string[] {
  const stream = new TextStream(stops)
  const shown: string[] = []
  for (const piece of pieces) {
    shown.push(stream.push(piece))
    if (stream.stoppedBy !== null) return shown
  }
  return [...shown, stream.end()]
}

const countReplaced = (text: string): number => text.split('\uFFFD').length - 1

describe('TextStream', () => {
  it('gives the text of a token at once where nothing can be held back', () => {
    expect(streamed(['Once', ' upon', ' a'])).toEqual(['Once', ' upon', ' a', ''])
  })

  it('keeps a character together that comes in several tokens', () => {
    const [first, second, third, fourth] = Buffer.from('🙂')
    const pieces = [first, second, third, fourth].map((byte) => Uint8Array.of(byte!))
    expect(streamed(['a', ...pieces, 'b'])).toEqual(['a', '', '', '', '🙂', 'b', ''])
  })

  it('shows what is no character as U+FFFD, as soon as that is certain', () => {
    expect(streamed([Uint8Array.of(0x80), 'a'])).toEqual(['\uFFFD', 'a', ''])
    expect(streamed([Uint8Array.of(0xe4), 'a'])).toEqual(['', '\uFFFDa', ''])
    expect(streamed([Uint8Array.of(0xe4, 0xbd)])).toEqual(['', '\uFFFD'])
  })

  it('decodes any bytes, cut anywhere, as if they had come at once', () => {
    const byte = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0x61, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4),
    )
    const pieces = fc.array(fc.array(byte, { maxLength: 4 }))
    fc.assert(
      fc.property(pieces, (lists) => {
        const bytes = lists.map((list) => Uint8Array.from(list))
        expect(streamed(bytes).join('')).toBe(Buffer.concat(bytes).toString('utf8'))
      }),
    )
  })

  it('never cuts a valid text within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, seed) => {
        const bytes = Buffer.from(text)
        const at = bytes.length === 0 ? 0 : seed % bytes.length
        const shown = streamed([bytes.subarray(0, at), bytes.subarray(at)])
        expect(shown.join('')).toBe(text)
        // A text may have some of its own.
        expect(countReplaced(shown.join('|'))).toBe(countReplaced(text))
      }),
    )
  })

  it('ends before a stop sequence that comes in one token or in several', () => {
    expect(streamed(['a b', 'c STOP d'], ['STOP'])).toEqual(['a b', 'c '])
    expect(streamed(['a S', 'TO', 'P d', 'e'], ['STOP'])).toEqual(['a ', '', ''])
  })

  it('holds back what may become a stop sequence and gives it when it does not', () => {
    expect(streamed(['a ST', 'ART'], ['STOP'])).toEqual(['a ', 'START', ''])
    expect(streamed(['a ST'], ['STOP'])).toEqual(['a ', 'ST'])
    expect(streamed(['aa', 'ab'], ['aab'])).toEqual(['', 'a'])
  })

  it('takes the stop sequence that comes first and says which', () => {
    const stream = new TextStream(['later', 'now'])
    expect(stream.push('do it now or later')).toBe('do it ')
    expect(stream.stoppedBy).toBe('now')
    expect(stream.end()).toBe('')
  })

  it('finds a stop sequence of characters that come in parts', () => {
    const [first, ...rest] = Buffer.from('é')
    const pieces = ['x', Uint8Array.of(first!), Uint8Array.from(rest), 'y']
    expect(streamed(pieces, ['é'])).toEqual(['x', '', ''])
  })

  it('gives the text before the first stop sequence however it is cut', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 'ab', 'aa', 'c'), { maxLength: 30 })
    const stops = fc.array(fc.constantFrom('ab', 'aab', 'ba', 'cc', 'abc'), { minLength: 1 })
    fc.assert(
      fc.property(letters, stops, (pieces, all) => {
        const text = pieces.join('')
        const found = all.map((stop) => text.indexOf(stop)).filter((at) => at !== -1)
        // A longer sequence may begin earlier than one that ends earlier.
        const shown = streamed(pieces, all).join('')
        expect(text.startsWith(shown)).toBe(true)
        expect(all.some((stop) => shown.includes(stop))).toBe(false)
        expect(shown === text).toBe(found.length === 0)
      }),
    )
  })
})

describe('incompleteLength', () => {
  it('counts only bytes that more bytes can complete', () => {
    const cases: [number[], number][] = [
      [[0x61], 0],
      [[0xc3], 1],
      [[0xe2, 0x82], 2],
      [[0xf0, 0x9f, 0x99], 3],
      [[0xf0, 0x9f, 0x99, 0x82], 0],
      [[0xff], 0],
      [[0xe0, 0x80], 0],
      [[0xed, 0xa0], 0],
      [[0xf4, 0x90], 0],
      [[0x80, 0x80, 0x80], 0],
    ]
    for (const [bytes, length] of cases) {
      expect(incompleteLength(Uint8Array.from(bytes)), String(bytes)).toBe(length)
    }
  })
})
