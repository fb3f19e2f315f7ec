import { isJsonObject } from '../../platform/json.ts'
import { readJson } from './adapters/read-json.ts'
import type { JsonMap, JsonValue } from './request.ts'

/** What was parsed from JSON text is JSON; the compiler cannot know. */
export function jsonMap(value: object): JsonMap {
  return value as JsonMap
}

export function isJsonMap(value: JsonValue | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** True for a value that asks for nothing: null, false, an empty text, list or object. */
export function isEmptyJson(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  if (isJsonList(value)) return value.length === 0
  return isJsonMap(value) && Object.keys(value).length === 0
}

/** A call's arguments for whoever wants them as an object; undefined for text that is none. */
export function readArguments(text: string): JsonMap | undefined {
  if (text.trim() === '') return {}
  const reading = readJson(text)
  return reading.isJson && isJsonObject(reading.value) ? jsonMap(reading.value) : undefined
}

/** Arguments that are no object still reach whoever wants one, inside of one. */
export function argumentsOf(text: string): JsonMap {
  return readArguments(text) ?? { arguments: text }
}
