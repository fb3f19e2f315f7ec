import { isDeepStrictEqual } from 'node:util'

/** What the placeholders of one transcript turned out to be. */
export type Bindings = Map<string, unknown>

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
const placeholder = /^<(now|ts|uuid|token|text|int|number|any)(?::(\w+))?>$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
const nowWithinSeconds = 300
const usd = /^<usd (\S+)>$/
/** Costs are sums of products; what they must be good for is written down in rulings §14. */
const usdWithin = 1e-12

const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
  now: (value) =>
    typeof value === 'number' && Math.abs(value - Date.now() / 1000) < nowWithinSeconds,
  ts: (value) =>
    typeof value === 'string' &&
    instant.test(value) &&
    Math.abs(Date.parse(value) - Date.now()) < nowWithinSeconds * 1000,
  uuid: (value) => typeof value === 'string' && uuid.test(value),
  token: (value) => typeof value === 'string' && /^[\da-f]{64}$/.test(value),
  text: (value) => typeof value === 'string' && value !== '',
  int: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  any: () => true,
}

/**
 * Gives `actual` with every part that fits a placeholder of `expected` replaced by that
 * placeholder, and further keys left out where `expected` has a key `…`: what remains must equal
 * `expected`, so that a test shows the difference.
 */
export function normalise(actual: unknown, expected: unknown, bindings: Bindings): unknown {
  if (typeof expected === 'string') {
    return isFilledBy(expected, actual, bindings) ? expected : actual
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((value, index): unknown => normalise(value, expected[index], bindings))
  }
  if (!isRecord(actual) || !isRecord(expected)) return actual
  const isOpen = Object.hasOwn(expected, '…')
  const keys = Object.keys(actual).filter((key) => !isOpen || Object.hasOwn(expected, key))
  const same = keys.map((key) => [key, normalise(actual[key], expected[key], bindings)] as const)
  return { ...Object.fromEntries(same), ...(isOpen ? { '…': expected['…'] } : {}) }
}

function isFilledBy(expected: string, actual: unknown, bindings: Bindings): boolean {
  const [, cost] = usd.exec(expected) ?? []
  if (cost !== undefined) {
    return typeof actual === 'number' && Math.abs(actual - Number(cost)) <= usdWithin
  }
  const [, kind, name] = placeholder.exec(expected) ?? []
  if (kind === undefined || fits[kind]?.(actual) !== true) return false
  if (name === undefined) return true
  if (bindings.has(name)) return isDeepStrictEqual(bindings.get(name), actual)
  bindings.set(name, actual)
  return true
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
