/** Scalars of the Thunder wire. Source: thunder contract §0 "Types", §2.1. */
import { z } from 'zod'

const i32Max = 2 ** 31 - 1

/** Any JSON. One for all: it refers to itself, so each would be a schema of its own in documents. */
export const AnyJson = z.json()

/** A JSON integer of 32 bits; `3.0` as JSON text cannot be told from `3` and is taken. */
export const I32 = z
  .int()
  .min(-i32Max - 1)
  .max(i32Max)

/** A 64-bit integer sent as a plain JSON number. */
export const I64 = z.int()

export const F64 = z.number()

/** RFC 3339 in UTC with `Z`, as it is given out. */
export const Ts = z.string()

const rfc3339 =
  /^(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** RFC 3339 with an offset, or seconds since the epoch. Read it with `secondsOf`. */
export const TsIn = z
  .union([z.string(), z.number()])
  .refine((value) => !Number.isNaN(secondsOf(value)), 'not a timestamp')

/** Unix seconds of an accepted timestamp; NaN when the value is not one. A leap second is the next. */
export function secondsOf(value: string | number): number {
  if (typeof value === 'number') return value
  const parts = rfc3339.exec(value)
  if (parts === null) return Number.NaN
  const [, day = '', minute = '', second = '', fraction = '', offset = ''] = parts
  const start = Date.parse(`${day}T${minute}:00${offset.toUpperCase()}`) / 1000
  // NOTE: the parser takes the 30th of February for the 2nd of March.
  if (Number.isNaN(start) || !isDay(day)) return Number.NaN
  return Number((start + Number(second) + Number(fraction)).toFixed(9))
}

function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
}

/** A key that may be absent or null. */
export function opt<T extends z.ZodType>(schema: T) {
  return schema.nullish()
}

const i64Max = 2n ** 63n - 1n

/** A 64-bit integer as the text of a path or a query. Read it with `Number`. */
export const IntText = z.string().refine((text) => {
  if (!/^[+-]?\d{1,30}$/.test(text)) return false
  const value = BigInt(text.replace('+', ''))
  return value <= i64Max && value >= -i64Max - 1n
}, 'not a whole number')

/** A page: `limit` is brought into 1 to 100 and `offset` to 0 or more, never refused for size. */
export const PageQuery = z.object({
  limit: IntText.optional().meta({ description: 'Default 50, brought into 1 to 100' }),
  offset: IntText.optional().meta({ description: 'Default 0, at least 0' }),
})
export type PageQuery = z.infer<typeof PageQuery>
