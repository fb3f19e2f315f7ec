/**
 * Text with holes for numbers that are known only where it is stored. `holes` are pairs: where in
 * the text (UTF-16 units) a number belongs, and which of the numbers it is.
 */
export interface TextTemplate {
  readonly text: string
  readonly holes: Uint32Array<ArrayBuffer>
}

/** Builds a template piece by piece. */
export class TemplateBuilder {
  readonly #pieces: string[] = []
  readonly #holes: number[] = []
  #length = 0

  text(piece: string): this {
    this.#pieces.push(piece)
    this.#length += piece.length
    return this
  }

  hole(index: number): this {
    this.#holes.push(this.#length, index)
    return this
  }

  build(): TextTemplate {
    return { text: this.#pieces.join(''), holes: Uint32Array.from(this.#holes) }
  }
}

/** The text with a number in each hole. */
export function fillTemplate({ text, holes }: TextTemplate, numbers: readonly number[]): string {
  const pieces: string[] = []
  let start = 0
  for (let at = 0; at < holes.length; at += 2) {
    const end = holes[at] ?? start
    pieces.push(text.slice(start, end), String(numbers[holes[at + 1] ?? 0]))
    start = end
  }
  pieces.push(text.slice(start))
  return pieces.join('')
}
