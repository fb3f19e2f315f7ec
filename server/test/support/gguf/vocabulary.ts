/** A vocabulary as SentencePiece would make it, small, with what JSON and chats are made of. */

export interface Vocabulary {
  readonly tokens: readonly string[]
  readonly scores: Float32Array
  /** 1 normal, 2 unknown, 3 control, 6 byte. */
  readonly types: Int32Array
  readonly unknown: number
  readonly begin: number
  readonly end: number
  readonly turnStart: number
  readonly turnEnd: number
}

const controls = ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>']
const byteTokens = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
)
const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(index + 33))
const words = [
  'the',
  'and',
  'ing',
  'tion',
  'user',
  'system',
  'assistant',
  'tool',
  'name',
  'arguments',
  'value',
  'true',
  'false',
  'null',
  'hello',
  'world',
]
const letters = 'etaoinshrdlucmwfgypbvkjxqz'.split('')

/**
 * Exactly `size` tokens: the smallest vocabulary, `extra` pieces, beginnings of words, then made-up
 * syllables. In pieces U+2581 stands for a space.
 */
export function makeVocabulary(size: number, extra: readonly string[] = []): Vocabulary {
  const tokens = new Set<string>([...controls, ...byteTokens, '\u2581', ...printable, ...extra])
  if (tokens.size > size) throw new Error(`A vocabulary of ${size} is below ${tokens.size}`)
  for (const piece of pieces()) {
    if (tokens.size === size) break
    tokens.add(piece)
  }
  const list = [...tokens]
  return {
    tokens: list,
    // A piece that comes earlier is merged first, as in a trained vocabulary.
    scores: Float32Array.from(list, (_, id) => (isWord(id) ? -id : 0)),
    types: Int32Array.from(list, (_, id) => typeOf(id)),
    unknown: 0,
    begin: 1,
    end: 2,
    turnStart: 3,
    turnEnd: 4,
  }
}

function isWord(id: number): boolean {
  return id >= controls.length + byteTokens.length
}

function typeOf(id: number): number {
  if (id === 0) return 2
  if (id < controls.length) return 3
  return isWord(id) ? 1 : 6
}

/** Every beginning of a word is a token, so that merging pairs can reach the whole word. */
function* pieces(): Generator<string> {
  for (const word of words) {
    for (let length = 2; length <= word.length; length++) yield word.slice(0, length)
  }
  for (const first of letters) yield `\u2581${first}`
  let syllables: readonly string[] = letters
  while (true) {
    const longer = syllables.flatMap((syllable) => letters.map((next) => syllable + next))
    yield* longer
    syllables = longer
  }
}
