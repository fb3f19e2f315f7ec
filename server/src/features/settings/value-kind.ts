/** What a setting takes. */
export type ValueKind =
  | { readonly type: 'text'; readonly longest: number }
  /** A list of texts; one text stands for a list of it. */
  | { readonly type: 'texts'; readonly most: number; readonly longest: number }
  | {
      readonly type: 'number'
      readonly min: number
      readonly max: number
      readonly isWhole?: true
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly choices: readonly string[] }

export type ValueFault = 'null_value' | 'invalid_value' | 'invalid_value_type'

/** `problem` is the end of a sentence that starts with the key. It never holds what was given. */
export type ReadValue =
  | { readonly value: unknown }
  | { readonly fault: ValueFault; readonly problem: string }

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/iu

/**
 * A JSON value, or the text of an environment variable, as a value of that kind. Source: bodhi
 * contract §5.5.
 */
export function readValue(kind: ValueKind, given: unknown): ReadValue {
  if (given === null || given === undefined) {
    return { fault: 'null_value', problem: 'cannot be null' }
  }
  switch (kind.type) {
    case 'text':
      return readText(asText(given), kind.longest)
    case 'texts':
      return readTexts(given, kind)
    case 'number':
      return readNumber(given, kind)
    case 'boolean':
      if (given === true || given === 'true') return { value: true }
      if (given === false || given === 'false') return { value: false }
      return { fault: 'invalid_value_type', problem: 'must be true or false' }
    case 'choice': {
      const value = asText(given)
      const problem = `must be one of ${kind.choices.join(', ')}`
      return kind.choices.includes(value) ? { value } : { fault: 'invalid_value', problem }
    }
  }
}

function asText(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given)
}

function readText(value: string, longest: number): ReadValue {
  if (isStorable(value, longest)) return { value }
  return { fault: 'invalid_value', problem: `must be text of at most ${longest} characters` }
}

function isStorable(text: string, longest: number): boolean {
  return text.length <= longest && text.isWellFormed() && !text.includes('\0')
}

function readTexts(given: unknown, kind: Extract<ValueKind, { type: 'texts' }>): ReadValue {
  const { most, longest } = kind
  const value = typeof given === 'string' ? (listIn(given) ?? [given]) : given
  const isFitting =
    isTextList(value) &&
    value.length <= most &&
    value.every((text) => text !== '' && isStorable(text, longest))
  const problem = `must be at most ${most} texts of 1 to ${longest} characters`
  return isFitting ? { value } : { fault: 'invalid_value', problem }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

/** The list in a text that is JSON of one. */
function listIn(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isTextList(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readNumber(given: unknown, kind: Extract<ValueKind, { type: 'number' }>): ReadValue {
  const isNumberText = typeof given === 'string' && numberText.test(given)
  if (typeof given !== 'number' && !isNumberText) {
    return { fault: 'invalid_value_type', problem: 'must be a number' }
  }
  const value = Number(given)
  const { min, max, isWhole = false } = kind
  const isInside = value >= min && value <= max && (!isWhole || Number.isSafeInteger(value))
  const problem = `must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`
  return isInside ? { value } : { fault: 'invalid_value', problem }
}
