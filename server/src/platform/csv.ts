/** Tables as text. Pure. Source: RFC 4180. */

/** One line of a table; null and undefined are empty cells, what is no text is written as JSON. */
export function toCsvRow(cells: readonly unknown[]): string {
  return `${cells.map(toCell).join(',')}\r\n`
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return quoted(JSON.stringify(value))
  return quoted(startsFormula.test(value) && !isNumeric(value) ? `'${value}` : value)
}

/** A spreadsheet would run such a cell (some take the wide signs too); an apostrophe makes it text. */
const startsFormula = /^[=+\-@\t\r\n＝＋－＠]/u

function isNumeric(text: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
