import { CsvError, parse } from 'csv-parse/sync'
import { nameOfCells } from './name-of-row.ts'
import { contentColumn, nameColumn, unescapeCell } from './own-format.ts'
import type { ReadRow } from './imported-text.ts'

/**
 * The first row names the columns; each further one becomes a JSON object of texts. Source: hypersigil
 * contract §1.9. A table that an export made is read back as it was.
 */
export function readTable({ content }: { readonly content: string }): readonly ReadRow[] {
  const { rows: all, fault } = readRecords(content)
  const [header = [], ...rows] = all
  const columns = header.map((column, index) => column.trim() || `column_${index + 1}`)
  const isOwn = columns.join() === `${nameColumn},${contentColumn}`
  const read = rows.flatMap((cells, index): ReadRow[] => {
    const row = index + 2
    if (cells.every((cell) => cell === '')) return []
    if (cells.length > columns.length) {
      const error = `It has ${cells.length} cells, the header ${columns.length}`
      return [{ row, error }]
    }
    return [{ row, item: isOwn ? ownItem(cells) : itemOf(columns, cells, row) }]
  })
  return fault === null ? read : [...read, { row: all.length + 1, error: fault }]
}

function ownItem([name = '', content = '']: readonly string[]) {
  return { name: name === '' ? null : unescapeCell(name), content: unescapeCell(content) }
}

function itemOf(columns: readonly string[], cells: readonly string[], row: number) {
  const members = columns.map((column, index) => [column, cells[index] ?? ''] as const)
  const content = JSON.stringify(Object.fromEntries(members), null, 2)
  // Counted without the header.
  return { name: nameOfCells(members, row - 1), content }
}

interface Records {
  readonly rows: readonly (readonly string[])[]
  /** What ended the reading before the end of the text. */
  readonly fault: string | null
}

function readRecords(content: string): Records {
  const rows: string[][] = []
  try {
    parse(content, {
      bom: true,
      delimiter: delimiterOf(content),
      relax_column_count: true,
      relax_quotes: true,
      on_record: (cells: string[]) => {
        rows.push(cells)
        return null
      },
    })
    return { rows, fault: null }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { rows, fault: error.message }
  }
}

/** Of those in use the one that the header has most often, outside quotes. */
function delimiterOf(content: string): string {
  const header = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/u.exec(content)?.[0] ?? ''
  const bare = header.replaceAll(/"(?:[^"]|"")*"/gu, '')
  const counts = [',', ';', '\t'].map((sign) => [sign, bare.split(sign).length] as const)
  return counts.toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? ','
}
