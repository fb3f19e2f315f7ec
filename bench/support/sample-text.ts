import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const modules = new URL('../../node_modules', import.meta.url).pathname
const patterns = ['*/{README,readme}.md', '{fastify,undici,kysely,ajv,zod}/**/*.md']
const leastCharacters = 1_000_000

/** Numbers in [0, 1) that are the same in each run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Pieces of what people really wrote, as a conversation with a model holds it: the manuals of the
 * installed packages, reduced to ASCII so that characters and bytes are the same number.
 */
export class SampleText {
  readonly #text: string
  readonly #random: () => number

  static load(seed: number): SampleText {
    const paths = globSync(patterns, { cwd: modules }).toSorted()
    const text = paths.map((path) => readFileSync(join(modules, path), 'utf8')).join('\n')
    if (text.length < leastCharacters) throw new Error('There are too few manuals to draw from')
    return new SampleText(text.replaceAll(/[^\n\x20-\x7e]+/g, ' '), seededRandom(seed))
  }

  private constructor(text: string, random: () => number) {
    this.#text = text
    this.#random = random
  }

  piece(length: number): string {
    const start = Math.floor(this.#random() * (this.#text.length - length))
    return this.#text.slice(start, start + length)
  }

  /** A few words that stand side by side somewhere, as a person would search for them. */
  phrase(): string {
    for (;;) {
      const [phrase] = /\b[a-z]{3,} [a-z]{3,}( [a-z]{3,})?\b/i.exec(this.piece(400)) ?? []
      if (phrase !== undefined && phrase.length >= 9) return phrase
    }
  }
}
