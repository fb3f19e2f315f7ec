import type { LlamaModel, Token } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { asTokens } from './as-tokens.ts'
import { isLong, roughLength } from './rough-length.ts'

const { signal } = new AbortController()

/** A token for each word with the space before it, and for each letter beyond ASCII. */
class Words implements Pick<LlamaModel, 'tokenize'> {
  readonly pieces: string[] = []

  readonly tokenize = (piece: string): Token[] => {
    this.pieces.push(piece)
    return asTokens(Array.from(piece.match(/ ?\w+|[^\w ]/gu) ?? [], (_, at) => at))
  }
}

describe('the rough length of a text', () => {
  it('is exact between words', async () => {
    const text = 'some words '.repeat(20_000)
    expect(isLong(text)).toBe(true)
    const length = await roughLength(text, { model: new Words(), enough: Infinity, signal })
    expect(length).toBe(40_000)
  })

  it('cuts no character in two', async () => {
    const text = `.${'🙂'.repeat(50_000)}`
    const model = new Words()
    const length = await roughLength(text, { model, enough: Infinity, signal })
    const { pieces } = model
    expect(length).toBe(50_001)
    expect(pieces.length).toBeGreaterThan(3)
    expect(pieces.join('')).toBe(text)
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  })

  it('is guessed once it is enough', async () => {
    const text = 'some words '.repeat(100_000)
    const model = new Words()
    const length = await roughLength(text, { model, enough: 5000, signal })
    expect(Math.abs(length - 200_000)).toBeLessThan(200)
    expect(model.pieces.join('').length).toBeLessThan(60_000)
  })

  it('lets others have their turn, and ends when nobody wants it', async () => {
    const stop = new AbortController()
    const text = 'some words '.repeat(100_000)
    const model = new Words()
    const running = roughLength(text, { model, enough: Infinity, signal: stop.signal })
    setImmediate(() => stop.abort())
    await running
    expect(model.pieces.length).toBeLessThan(5)
  })
})
