/**
 * How an export tells names from contents, so that an import gives the same items again: a table
 * with these two columns, lines with these two members, a mark before each part of a Markdown text.
 */
export const nameColumn = '$name'
export const contentColumn = '$content'

/** A line of its own: `<!-- item "its name" -->`. */
export function markOf(name: string | null): string {
  // Two hyphens would end the comment.
  return `<!-- item ${JSON.stringify(name).replaceAll('-', String.raw`\u002d`)} -->`
}

const mark = /^<!-- item (null|".*") -->$/u
const likeMark = /^(\\*)<!-- item /u

/** The name in a line that is a mark; undefined for any other line. */
export function readMark(line: string): { readonly name: string | null } | undefined {
  const json = mark.exec(line)?.[1]
  if (json === undefined) return undefined
  try {
    const name: unknown = JSON.parse(json)
    return { name: typeof name === 'string' ? name : null }
  } catch {
    return undefined
  }
}

/** A line of a content that could be taken for a mark gets a backslash, which Markdown hides. */
export function escapeLine(line: string): string {
  return likeMark.test(line) ? `\\${line}` : line
}

export function unescapeLine(line: string): string {
  return likeMark.test(line) && line.startsWith('\\') ? line.slice(1) : line
}

/** The apostrophe that `toCsvRow` puts before what a spreadsheet would run. */
const guarded = /^'+[=+\-@\t\r\n＝＋－＠]/u

/** A text that looks as if it were guarded gets one apostrophe more, so that it survives the way back. */
export function escapeCell(text: string): string {
  return guarded.test(text) ? `'${text}` : text
}

export function unescapeCell(text: string): string {
  return guarded.test(text) ? text.slice(1) : text
}
