import { LlamaVocabularyType, type LlamaModel, type Token } from 'node-llama-cpp'
import { incompleteLength } from './text-stream.ts'

/** A token as it is shown by itself. */
export interface TokenText {
  readonly text: string
  readonly bytes?: readonly number[]
}

/**
 * What each token stands for, worked out once a token. The engine's own detokenizer gives only
 * text, which loses the bytes of incomplete characters, and drops spaces at the beginning; so
 * pieces are read from the vocabulary itself wherever its form is known.
 */
export class Vocabulary {
  readonly #model: LlamaModel
  readonly #tokens: readonly string[]
  readonly #pieces: (string | Uint8Array | undefined)[] = []
  readonly #byteLevel = byteLevelAlphabet()

  constructor(model: LlamaModel) {
    this.#model = model
    this.#tokens = model.fileInfo.metadata.tokenizer?.ggml?.tokens ?? []
  }

  get size(): number {
    return this.#tokens.length
  }

  /** What the token adds to a text; bytes where they are not whole characters. */
  piece(token: Token): string | Uint8Array {
    return (this.#pieces[token] ??= this.#read(token))
  }

  /** With the names of control tokens, which have no place in a text. */
  alone(token: Token): TokenText {
    const piece = this.piece(token)
    if (piece === '') return { text: this.#model.detokenize([token], true) }
    if (typeof piece === 'string') return { text: piece }
    return { text: Buffer.from(piece).toString('utf8'), bytes: [...piece] }
  }

  #read(token: Token): string | Uint8Array {
    const attributes = this.#model.getTokenAttributes(token)
    if (attributes.control || attributes.unknown) return ''
    const name = this.#tokens[token] ?? ''
    const bytes = this.#bytesOf(name, attributes)
    if (bytes === null) return this.#detokenized(token)
    const text = Buffer.from(bytes).toString('utf8')
    return isWhole(bytes, text) ? text : bytes
  }

  #bytesOf(
    name: string,
    attributes: ReturnType<LlamaModel['getTokenAttributes']>,
  ): Uint8Array | null {
    const type = this.#model.vocabularyType
    const isKnown = type === LlamaVocabularyType.spm || type === LlamaVocabularyType.bpe
    if (!isKnown) return null
    if (attributes.userDefined) return Buffer.from(name)
    const [, hex] = /^<0x([0-9A-F]{2})>$/u.exec(name) ?? []
    if (attributes.byte && hex !== undefined) return Uint8Array.of(Number.parseInt(hex, 16))
    if (type === LlamaVocabularyType.spm) return Buffer.from(name.replaceAll('\u2581', ' '))
    const bytes = Array.from(name, (character) => this.#byteLevel.get(character))
    return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : null
  }

  /** After a letter, so that a space in front is kept. */
  #detokenized(token: Token): string {
    const before = this.#model.tokenize('a').slice(-1)
    return this.#model.detokenize([token], false, before)
  }

  isToken(id: number): boolean {
    return Number.isInteger(id) && id >= 0 && id < this.size
  }
}

function isWhole(bytes: Uint8Array, text: string): boolean {
  return incompleteLength(bytes) === 0 && Buffer.from(text).equals(bytes)
}

/** GPT-2's: every byte is written as a printable character, most as themselves. */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>()
  let moved = 0
  for (let byte = 0; byte < 256; byte++) {
    const isPlain = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
    alphabet.set(String.fromCharCode(isPlain ? byte : 256 + moved), byte)
    if (!isPlain) moved += 1
  }
  return alphabet
}
