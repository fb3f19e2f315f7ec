import { createHash } from 'node:crypto'

/** A text as UTF-8 and a word that stands for it. */
export interface WrittenText {
  readonly text: Uint8Array
  readonly version: string
}

/** Names an exported function that writes what was read, so that it runs where the rows are. */
export interface WriterReference {
  readonly module: string
  readonly name: string
}

export function toWritten(written: string): WrittenText {
  const text = new TextEncoder().encode(written)
  return { text, version: createHash('sha256').update(text).digest('base64url').slice(0, 27) }
}
