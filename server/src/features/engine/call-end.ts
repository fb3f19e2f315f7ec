/** How far into a JSON object or array a text has come. */
export interface JsonScan {
  /** What was looked at. */
  readonly at: number
  readonly depth: number
  readonly isInString: boolean
  readonly isEscaped: boolean
}

export interface CallEnd {
  /** After the whole call; -1 while it is not there. */
  readonly end: number
  /** Of what stands before the closer. */
  readonly bodyEnd: number
  /** Where to go on looking. */
  readonly scan: JsonScan | null
}

/** The end of a call: its closer, or where it has none that of its JSON. */
export function endOfCall(text: string, closer: string | null, from: JsonScan | null): CallEnd {
  if (closer === null) return endOfJson(text, from ?? startOfJson(text))
  const bodyEnd = text.indexOf(closer)
  return { end: bodyEnd === -1 ? -1 : bodyEnd + closer.length, bodyEnd, scan: null }
}

/** A list stands at the beginning; before an object there may be a name. */
function startOfJson(text: string): JsonScan | null {
  const first = text.search(/\S/u)
  const at = text[first] === '[' ? first : text.indexOf('{')
  return at === -1 ? null : { at, depth: 0, isInString: false, isEscaped: false }
}

/** Whether what is between the brackets is JSON is for others to see. */
function endOfJson(text: string, from: JsonScan | null): CallEnd {
  if (!from) return { end: -1, bodyEnd: -1, scan: null }
  let { at, depth, isInString, isEscaped } = from
  for (; at < text.length; at += 1) {
    const char = text[at]
    if (isEscaped) isEscaped = false
    else if (isInString) {
      if (char === '\\') isEscaped = true
      else if (char === '"') isInString = false
    } else if (char === '"') isInString = true
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth === 0) return { end: at + 1, bodyEnd: at + 1, scan: null }
  }
  return { end: -1, bodyEnd: -1, scan: { at, depth, isInString, isEscaped } }
}
