import { parseJson } from '../../platform/http/parse-json.ts'

/** JSON text as Python's json module writes it; undefined when it is not even that. */
export function parsePythonJson(text: string): unknown {
  return tryParse(text) ?? tryParse(withoutBareNumbers(text))
}

function tryParse(text: string): unknown {
  try {
    return parseJson(Buffer.from(text))
  } catch {
    return undefined
  }
}

/** Python writes numbers that JSON has no word for as bare `NaN`, `Infinity` and `-Infinity`. */
function withoutBareNumbers(text: string): string {
  const pieces: string[] = []
  let at = 0
  while (at < text.length) {
    const quote = text.indexOf('"', at)
    const start = quote < 0 ? text.length : quote
    pieces.push(text.slice(at, start).replaceAll(/-?\b(?:NaN|Infinity)\b/g, 'null'))
    at = endOfString(text, start)
    pieces.push(text.slice(start, at))
  }
  return pieces.join('')
}

/** Where the string that begins at a quote is over. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
