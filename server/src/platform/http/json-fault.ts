const space = new Set([0x20, 0x0a, 0x0d, 0x09])
const escapes = '"\\/bfnrt'

type Expecting = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'comma' | 'nothing'

/** The end of the string that opens at `start`, or the offset of what is wrong in it, negated. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === 0x22) return i + 1
    if (code < 0x20) return -i
    if (code !== 0x5c) continue
    const next = text.charAt(i + 1)
    if (next === 'u' && /^[\da-f]{4}$/i.test(text.slice(i + 2, i + 6))) i += 5
    else if (next !== '' && escapes.includes(next)) i += 1
    else return -i
  }
  return -start
}

function endOfScalar(text: string, start: number): number {
  const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
  scalar.lastIndex = start
  return scalar.test(text) ? scalar.lastIndex : -start
}

function afterValue(open: readonly string[]): Expecting {
  return open.length === 0 ? 'nothing' : 'comma'
}

/**
 * Where a text stops being JSON, in UTF-16 units from its start; its length if it merely ends
 * too early. Only for texts that `JSON.parse` refused: the engine's own message often lacks the
 * position. Linear and without recursion.
 */
export function locateJsonFault(text: string): number {
  const open: string[] = []
  let expecting: Expecting = 'value'
  let at = 0
  while (at < text.length) {
    if (space.has(text.charCodeAt(at))) {
      at += 1
      continue
    }
    const sign = text.charAt(at)
    const closes = sign === (open.at(-1) === '{' ? '}' : ']') && open.length > 0
    if (closes && (expecting === 'comma' || expecting.endsWith('-or-close'))) {
      open.pop()
      expecting = afterValue(open)
      at += 1
    } else if (expecting === 'comma') {
      if (sign !== ',') return at
      expecting = open.at(-1) === '{' ? 'key' : 'value'
      at += 1
    } else if (expecting === 'colon') {
      if (sign !== ':') return at
      expecting = 'value'
      at += 1
    } else if (expecting === 'nothing') {
      return at
    } else if (expecting.startsWith('key')) {
      const end = sign === '"' ? endOfString(text, at) : -at
      if (end <= 0) return Math.abs(end)
      expecting = 'colon'
      at = end
    } else if (sign === '{' || sign === '[') {
      open.push(sign)
      expecting = sign === '{' ? 'key-or-close' : 'value-or-close'
      at += 1
    } else {
      const end = sign === '"' ? endOfString(text, at) : endOfScalar(text, at)
      if (end <= 0) return Math.abs(end)
      expecting = afterValue(open)
      at = end
    }
  }
  return text.length
}
