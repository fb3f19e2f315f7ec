import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'

/**
 * A request on its way to the core. `nativeOnly` gathers the places of what only Anthropic would
 * understand.
 */
export interface Reading {
  readonly nativeOnly: string[]
}

/** A field that is not as the dialect has it, by its place: `messages[0].content[1].text`. */
export function unfit(at: string, expected: string): DomainError {
  return new DomainError('invalid', `${at}: ${expected}`, {
    details: { reason: 'invalid_parameter', param: at },
  })
}

/** What a read field gives; absent and null are the same to the dialect. */
export function optional<T>(
  value: unknown,
  at: string,
  read: (value: unknown, at: string) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, at)
}

export function textOf(value: unknown, at: string): string {
  if (typeof value === 'string') return value
  throw unfit(at, 'must be a string')
}

export function numberOf(value: unknown, at: string): number {
  if (typeof value === 'number') return value
  throw unfit(at, 'must be a number')
}

export function wholeNumberOf(value: unknown, at: string): number {
  if (Number.isSafeInteger(value)) return Number(value)
  throw unfit(at, 'must be a whole number')
}

export function objectOf(value: unknown, at: string): JsonObject {
  if (isJsonObject(value)) return value
  throw unfit(at, 'must be an object')
}

export function listOf(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw unfit(at, 'must be a list')
}

/** Notes every member with a value beside those that are understood or have no effect. */
export function noteOthers(
  { nativeOnly }: Reading,
  object: JsonObject,
  { known, at }: { readonly known: ReadonlySet<string>; readonly at: string },
): void {
  for (const [name, value] of Object.entries(object)) {
    if (!known.has(name) && saysSomething(value))
      nativeOnly.push(at === '' ? name : `${at}.${name}`)
  }
}

function saysSomething(value: unknown): boolean {
  if (value === null || value === undefined) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
