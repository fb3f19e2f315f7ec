/** Tables as text. Pure. Source: RFC 4180. */

/** One line of a table; null and undefined are empty cells, what is no text is written as JSON. */
export function toCsvRow(cells: readonly unknown[]): string {
  return `${cells.map(toCell).join(',')}\r\n`
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return quoted(JSON.stringify(value))
  return quoted(withoutFormula(value))
}

/** A text that a spreadsheet would run gets an apostrophe, with which it stays a text. */
export function withoutFormula(text: string): string {
  return startsFormula.test(text) && !isNumeric(text) ? `'${text}` : text
}

/** Some take the wide signs too. */
const startsFormula = /^[=+\-@\t\r\n＝＋－＠]/u

function isNumeric(text: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
