import { toAsciiEscaped, toEscaped } from './escape.ts'

/**
 * What a search looks for: any of these texts, folding ASCII case. The attributes are searched as
 * their compact JSON text, in which one and the same piece of a conversation may be written in
 * several ways, so one query becomes several forms.
 */
export interface SearchForms {
  readonly inName: readonly string[]
  readonly inAttributes: readonly string[]
}

const nameLength = 100
const charactersBefore = 30
const charactersAfter = 70

/**
 * The forms of a query. It is taken as it stands; as spaced JSON, which is stored without the
 * spaces; as plain text, which is escaped once more for each JSON text it lies in (a tool call's
 * arguments, kept in the text of all calls, kept in the attributes); and as text that another
 * serialiser escaped down to ASCII before it was put into a string.
 */
export function toSearchForms(query: string): SearchForms {
  const written = [query, toCompact(toDecoded(query))]
  const escaped = written.map(toEscaped)
  const twice = escaped.map(toEscaped)
  const thrice = twice.map(toEscaped)
  const ascii = written.map((text) => toEscaped(toAsciiEscaped(text)))
  return {
    inName: isStorable(query) ? [query] : [],
    inAttributes: withoutImplied(
      [...written, ...escaped, ...twice, ...thrice, ...ascii].filter(isInJson),
    ),
  }
}

/**
 * The piece of a span that shows why it was found (contract, section 8.1): the beginning of the
 * name, or the surroundings of the hit in the attributes. Lengths count code points.
 */
export function matchContext(
  forms: SearchForms,
  span: { readonly name: string; readonly attributesJson: string | undefined },
): string {
  if (isFoundIn(span.name, forms.inName) || span.attributesJson === undefined) {
    return first(span.name, nameLength)
  }
  const text = span.attributesJson
  const hit = findForm(text, forms.inAttributes)
  if (!hit) return first(span.name, nameLength)
  const before = last(text.slice(Math.max(0, hit.start - 2 * charactersBefore), hit.start))
  const after = first(text.slice(hit.end, hit.end + 2 * charactersAfter), charactersAfter)
  const isCutBefore = before.length < hit.start
  const isCutAfter = hit.end + after.length < text.length
  const piece = before + text.slice(hit.start, hit.end) + after
  return `${isCutBefore ? '...' : ''}${piece}${isCutAfter ? '...' : ''}`
}

/** Whether the text contains one of the forms. */
function isFoundIn(text: string, forms: readonly string[]): boolean {
  return findForm(text, forms) !== undefined
}

function findForm(
  text: string,
  forms: readonly string[],
): { start: number; end: number } | undefined {
  const folded = foldAsciiCase(text)
  for (const form of forms) {
    const start = folded.indexOf(foldAsciiCase(form))
    if (start >= 0) return { start, end: start + form.length }
  }
  return undefined
}

function foldAsciiCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** A form that contains another finds nothing that the other does not. */
function withoutImplied(forms: readonly string[]): string[] {
  const distinct = [...new Set(forms)]
  return distinct.filter(
    (form) => !distinct.some((other) => other !== form && form.includes(other)),
  )
}

/** Takes out the spaces that JSON may have between its parts, where both sides look like parts. */
function toCompact(text: string): string {
  return text
    .replaceAll(/(?<=^|"): (?=["[{\d\-tfn]|$)/g, ':')
    .replaceAll(/(?<=^|["\]}\del]), (?=["[{\d-]|true|false|null|$)/g, ',')
}

/** Our JSON keeps letters outside ASCII as they are. */
function toDecoded(text: string): string {
  return text.replaceAll(/\\u([0-9a-f]{4})/gi, (escape: string, digits: string) => {
    const unit = Number.parseInt(digits, 16)
    return unit < 0x80 ? escape : String.fromCharCode(unit)
  })
}

/** NOTE: SQLite cuts a pattern at U+0000 and neither database takes a lone surrogate. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** JSON text holds no control characters. */
function isInJson(text: string): boolean {
  return text.isWellFormed() && Array.from(text).every((character) => character >= ' ')
}

function first(text: string, count: number): string {
  return Array.from(text.slice(0, 2 * count))
    .slice(0, count)
    .join('')
}

function last(text: string): string {
  return Array.from(text).slice(-charactersBefore).join('')
}
