import { isJsonObject, type JsonObject } from '../../../platform/json.ts'

/** OTLP's AnyValue and KeyValue lists from and to plain JSON. Pure. Source: beacon contract App. B. */

export interface OtlpAttribute {
  readonly key: string
  readonly value: JsonObject
}

/** Nesting of a span's attributes past this refuses the span; the attributes are level 1. */
export const maxAttributeDepth = 200

/** Whether a JSON value nests deeper than `limit`; looks no deeper than that. */
export function nestsDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  if (Array.isArray(value)) return value.some((inner) => nestsDeeperThan(inner, limit - 1))
  return isJsonObject(value) && hasMemberDeeperThan(value, limit - 1)
}

/** A plain loop, since this looks at every attribute of every span. */
function hasMemberDeeperThan(value: JsonObject, limit: number): boolean {
  for (const key in value) if (nestsDeeperThan(value[key], limit)) return true
  return false
}

/** Sets a member also where it is named `__proto__`, which assigning takes for something else. */
export function setMember(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, ...openMember })
}

const openMember = { configurable: true, enumerable: true, writable: true }

/**
 * Attributes in the order of the list, the last of each name; entries without a text key are left
 * out. Values follow the priority of the contract.
 */
export function fromKeyValues(list: unknown, depth = 1): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const { key, value } of objectsIn(list)) {
    if (typeof key === 'string') setMember(members, key, fromAnyValue(value, depth + 1))
  }
  return members
}

/** The elements of a list that are objects; nothing when it is not a list. */
export function objectsIn(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** Text as it is, null for nothing, any other JSON as its text. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * The empty AnyValue means null. Bytes stay base64 text, as JSON carries them. An object that is
 * no AnyValue is kept as the JSON it is. Past the depth limit an empty list ends the recursion;
 * it is one level too deep, so that the span is refused.
 */
function fromAnyValue(value: unknown, depth: number): unknown {
  if (!isJsonObject(value)) return value ?? null
  const { stringValue, intValue, doubleValue, boolValue, bytesValue } = value
  if (isGiven(stringValue)) return textOf(stringValue)
  if (isGiven(intValue)) return fromIntValue(intValue)
  if (isGiven(doubleValue)) return fromDoubleValue(doubleValue)
  if (isGiven(boolValue)) return boolValue
  if (isJsonObject(value['arrayValue'])) return fromArrayValue(value['arrayValue'], depth)
  if (isJsonObject(value['kvlistValue'])) return fromKvlistValue(value['kvlistValue'], depth)
  if (isGiven(bytesValue)) return bytesValue
  return Object.keys(value).length === 0 ? null : value
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}

const safeDigits = /^-?\d{1,16}$/

/** 64-bit integers are text on the wire; one that no double holds exactly stays text. */
function fromIntValue(value: unknown): unknown {
  if (typeof value !== 'string' || !safeDigits.test(value)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** `NaN` and the infinities are words on the wire, and stay so since JSON has no such numbers. */
function fromDoubleValue(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value
  const number = Number(value)
  return Number.isFinite(number) ? number : value
}

function fromArrayValue({ values }: JsonObject, depth: number): unknown[] {
  if (!Array.isArray(values) || depth > maxAttributeDepth) return []
  return values.map((value: unknown) => fromAnyValue(value, depth + 1))
}

function fromKvlistValue({ values }: JsonObject, depth: number): unknown {
  return depth > maxAttributeDepth ? [] : fromKeyValues(values, depth)
}

/** JSON entries as OTLP attributes; null becomes the empty AnyValue. */
export function toKeyValues(entries: readonly (readonly [string, unknown])[]): OtlpAttribute[] {
  return entries.map(([key, value]) => ({ key, value: toAnyValue(value) }))
}

/** Whole numbers past 2^53 are doubles: as integers they would claim digits that nobody sent. */
function toAnyValue(value: unknown): JsonObject {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } }
  if (isJsonObject(value)) return { kvlistValue: { values: toKeyValues(Object.entries(value)) } }
  return {}
}
