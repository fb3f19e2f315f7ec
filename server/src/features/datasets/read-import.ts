import { defineJob, type Workroom } from '../../platform/threads/workroom.ts'
import { faultOfContent, type GivenItem, type TestMode } from './dataset.ts'
import type { DataFormat, ImportedText } from './imported-text.ts'
import { readJsonLines } from './read-json-lines.ts'
import { readMarkdown } from './read-markdown.ts'
import { readTable } from './read-table.ts'

export interface RefusedRow {
  /** Of a table the row, its header being 1; else the line or the part, from 1. */
  readonly row: number
  readonly error: string
  /** Where several texts were given. */
  readonly file: string | null
}

export interface ReadImport {
  readonly items: readonly GivenItem[]
  /** The first thousand. */
  readonly refused: readonly RefusedRow[]
  readonly refusedCount: number
}

export interface ImportInput {
  readonly format: DataFormat
  readonly mode: TestMode
  readonly texts: readonly ImportedText[]
}

const mostRefused = 1000

const readers = { csv: readTable, jsonl: readJsonLines, md: readMarkdown } as const

/** Every row becomes an item or is refused with the reason. Pure. */
export function readImport({ format, mode, texts }: ImportInput): ReadImport {
  const items: GivenItem[] = []
  const refused: RefusedRow[] = []
  let refusedCount = 0
  for (const text of texts) {
    for (const read of readers[format](text)) {
      const fault = 'error' in read ? read.error : faultOfItem(mode, read.item)
      if (fault === null && 'item' in read) items.push(read.item)
      else {
        refusedCount += 1
        const file = texts.length > 1 ? text.name : null
        if (refused.length < mostRefused) refused.push({ row: read.row, error: fault ?? '', file })
      }
    }
  }
  return { items, refused, refusedCount }
}

function faultOfItem(mode: TestMode, { content }: GivenItem): string | null {
  return content === '' ? 'It is empty' : faultOfContent(mode, content)
}

export const readImportJob = defineJob<ImportInput, ReadImport>({
  module: import.meta.url,
  name: 'readImportJob',
  run: async (input) => readImport(input),
})

/** The bytes of one text as base64. */
export interface FileImportInput extends Omit<ImportInput, 'texts'> {
  readonly name: string
  readonly data: string
}

export const readFileImportJob = defineJob<FileImportInput, ReadImport>({
  module: import.meta.url,
  name: 'readFileImportJob',
  run: async ({ name, data, ...how }) => {
    const content = new TextDecoder('utf-8').decode(Buffer.from(data, 'base64'))
    return readImport({ ...how, texts: [{ name, content }] })
  },
})

const smallLength = 256 * 1024

/** The same, off the main thread where it would hold that up. */
export async function readImportAnywhere(
  { workroom }: { readonly workroom: Workroom },
  input: ImportInput,
): Promise<ReadImport> {
  const length = input.texts.reduce((sum, { content }) => sum + content.length, 0)
  return length <= smallLength ? readImport(input) : workroom.run(readImportJob, input)
}
