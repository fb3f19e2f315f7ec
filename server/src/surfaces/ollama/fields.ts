import {
  isEmptyJson,
  isJsonList,
  isJsonMap,
  type JsonMap,
  type JsonValue,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'

type Given = JsonValue | undefined

/** A field that cannot be read; `param` is its place, for example `messages[1].content`. */
export function unfit(param: string, wanted: string): DomainError {
  return new DomainError('invalid', `${param} must be ${wanted}`, { details: { param } })
}

/** Null is what Ollama's clients send of a field that they leave out; so throughout this file. */
export function textAt(value: Given, place: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw unfit(place, 'a string')
}

export function numberAt(value: Given, place: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return value
  throw unfit(place, 'a number')
}

/** Ollama cuts fractions off. */
export function wholeAt(value: Given, place: string): number | undefined {
  const number = numberAt(value, place)
  return number === undefined ? undefined : Math.trunc(number)
}

export function flagAt(value: Given, place: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw unfit(place, 'true or false')
}

export function listAt(value: Given, place: string): readonly JsonValue[] {
  if (value === undefined || value === null) return []
  if (isJsonList(value)) return value
  throw unfit(place, 'a list')
}

export function mapAt(value: Given, place: string): JsonMap {
  if (value === undefined || value === null) return {}
  if (isJsonMap(value)) return value
  throw unfit(place, 'an object')
}

/** The places of members beside the known ones that ask for something. */
export function othersIn(map: JsonMap, known: ReadonlySet<string>, at = ''): readonly string[] {
  return Object.keys(map)
    .filter((name) => !known.has(name) && !isEmptyJson(map[name]))
    .map((name) => at + name)
}
