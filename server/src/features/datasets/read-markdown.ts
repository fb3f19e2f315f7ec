import { readMark, unescapeLine } from './own-format.ts'
import type { ReadRow } from './imported-text.ts'

/**
 * A text is one item, called as its file is; in one that begins with a mark each mark begins an
 * item. Source: hypersigil contract §1.9.
 */
export function readMarkdown(text: {
  readonly name: string | null
  readonly content: string
}): readonly ReadRow[] {
  const content = text.content.replace(/^\uFEFF/u, '')
  const lines = content.split(/\r?\n/u)
  if (readMark(lines[0] ?? '') === undefined) {
    const name = text.name?.replace(/\.(?:md|markdown)$/iu, '') ?? null
    return [{ row: 1, item: { name, content: content.trim() } }]
  }
  // A line break of the content may be of two signs, so only line feeds are cut.
  return readParts(content.split('\n'))
}

function readParts(lines: readonly string[]): readonly ReadRow[] {
  const parts: { name: string | null; lines: string[] }[] = []
  for (const line of lines) {
    const mark = readMark(line.replace(/\r$/u, ''))
    if (mark === undefined) parts.at(-1)?.lines.push(unescapeLine(line))
    else parts.push({ name: mark.name, lines: [] })
  }
  return parts.map(({ name, lines: own }, index) => ({
    row: index + 1,
    item: { name, content: withoutFrame(own, index === parts.length - 1) },
  }))
}

/** Without the empty line before a content and the one behind it; a text ends with one more. */
function withoutFrame(lines: readonly string[], isLast: boolean): string {
  const isEmpty = (line: string | undefined): boolean => line === '' || line === '\r'
  const start = isEmpty(lines[0]) ? 1 : 0
  const most = isLast ? 2 : 1
  let end = lines.length
  while (lines.length - end < most && end > start && isEmpty(lines[end - 1])) end -= 1
  return lines.slice(start, end).join('\n')
}
