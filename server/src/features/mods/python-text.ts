const named: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/**
 * A text as a double-quoted Python literal on one line. Control characters and what some readers
 * take for the end of a line are written as escapes; a lone surrogate, which no encoder of tokens
 * takes, becomes U+FFFD.
 */
export function pythonText(text: string): string {
  const escaped = text
    .toWellFormed()
    .replaceAll(/[\\"\p{Cc}\u2028\u2029]/gu, (character) => named[character] ?? toEscape(character))
  return `"${escaped}"`
}

function toEscape(character: string): string {
  const digits = character.charCodeAt(0).toString(16)
  return digits.length > 2 ? `\\u${digits.padStart(4, '0')}` : `\\x${digits.padStart(2, '0')}`
}
