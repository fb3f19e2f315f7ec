import type { GivenItem } from './dataset.ts'

export type DataFormat = 'csv' | 'jsonl' | 'md'

/** A text that holds items. */
export interface ImportedText {
  /** Of the file it comes from; an item of Markdown is called by it. */
  readonly name: string | null
  readonly content: string
}

/** A row of a text as far as it can be read. */
export type ReadRow = { readonly row: number } & (
  | { readonly item: GivenItem }
  | { readonly error: string }
)
