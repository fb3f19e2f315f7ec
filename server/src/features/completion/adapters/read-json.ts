export type JsonReading =
  | { readonly isJson: true; readonly value: unknown }
  | { readonly isJson: false; readonly fault: string }

/** Past this nothing recursive (`JSON.stringify` of a tool's arguments) may meet the value. */
const maxDepth = 200

/** Parses what a provider sent; never throws. */
export function readJson(text: string): JsonReading {
  if (nestsTooDeep(text)) return { isJson: false, fault: 'nested too deeply' }
  try {
    return { isJson: true, value: JSON.parse(text) }
  } catch {
    return { isJson: false, fault: 'not JSON' }
  }
}

function nestsTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = endOfString(text, at)
    else if (code === 0x7b || code === 0x5b) depth += 1
    else if (code === 0x7d || code === 0x5d) depth -= 1
    if (depth > maxDepth) return true
  }
  return false
}

/** `indexOf` leaps over what most of a text is: strings. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at < 0 ? text.length : at
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === 0x5c) first -= 1
  return (at - first) % 2 === 1
}

/** Tool arguments as the text of a JSON object; text stays as the model wrote it. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value ?? {})
}
