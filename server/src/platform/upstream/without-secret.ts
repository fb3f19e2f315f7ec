/** Shorter ones would be found in ordinary words. */
const shortestSecret = 6
/** Longer ones are no keys; they are looked for as they are only. */
const longestEscaped = 512
const shown = '(secret)'

/**
 * A text in which a secret reads `(secret)`, also where JSON or a URL escapes some of its characters:
 * servers differ in what they escape, and whoever reads the text undoes it.
 */
export function withoutSecret(text: string, secret: string | null): string {
  if (secret === null || secret.length < shortestSecret) return text
  const plain = text.replaceAll(secret, shown)
  const letters = secret.replaceAll('\\', '')
  const isSought = letters.length >= shortestSecret && letters.length <= longestEscaped
  return isSought && /[\\%]/u.test(plain) ? withoutEscaped(plain, letters) : plain
}

/** Backslashes count for nothing, whoever put them there. */
function withoutEscaped(text: string, letters: string): string {
  const kept: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') continue
    const end = endOfMatch(text, at, letters)
    if (end === -1) continue
    kept.push(text.slice(from, at).replace(/\\+$/u, ''), shown)
    from = end
    at = end - 1
  }
  return kept.join('') + text.slice(from)
}

function endOfMatch(text: string, start: number, letters: string): number {
  let at = start
  for (const letter of letters) {
    for (let skipped = 1; skipped > 0; at += skipped) skipped = lengthOf(text, at, '\\')
    const length = lengthOf(text, at, letter)
    if (length === 0) return -1
    at += length
  }
  return at
}

/** How many characters stand for the letter there; 0 when something else is there. */
function lengthOf(text: string, at: number, letter: string): number {
  if (text[at] === letter) return 1
  const isUnicode = text[at] === 'u' && text[at - 1] === '\\'
  if (isUnicode && isCode(text.slice(at + 1, at + 5), 4, letter)) return 5
  return text[at] === '%' && isCode(text.slice(at + 1, at + 3), 2, letter) ? 3 : 0
}

function isCode(digits: string, count: number, letter: string): boolean {
  const isHex = digits.length === count && /^[0-9a-f]+$/iu.test(digits)
  return isHex && Number.parseInt(digits, 16) === letter.codePointAt(0)
}
