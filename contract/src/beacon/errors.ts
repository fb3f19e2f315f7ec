/** Error bodies of the Beacon wire. Source: beacon contract §1.0 "Errors". */
import { z } from 'zod'

/** The closed list of `type` words a 422 item may carry. */
export const faultTypes = [
  'missing',
  'model_attributes_type',
  'json_invalid',
  'string_type',
  'string_unicode',
  'float_type',
  'float_parsing',
  'finite_number',
  'int_type',
  'int_parsing',
  'int_from_float',
  'bool_type',
  'dict_type',
  'list_type',
  'enum',
  'literal_error',
  'greater_than_equal',
  'less_than_equal',
  'string_too_short',
  'string_too_long',
  'too_short',
  'too_long',
  'value_error',
] as const
export type FaultType = (typeof faultTypes)[number]

/** What is wrong with one scalar, in the words of a 422 item. */
export interface Fault {
  readonly type: FaultType
  readonly message: string
  readonly ctx?: Readonly<Record<string, unknown>>
}

export const ErrorReply = z
  .object({ detail: z.string() })
  .meta({ id: 'ErrorReply', description: 'Why the request was refused' })
export type ErrorReply = z.infer<typeof ErrorReply>

export const ValidationItem = z
  .object({
    type: z.enum(faultTypes),
    loc: z.array(z.union([z.string(), z.int()])),
    msg: z.string(),
    input: z.unknown(),
    ctx: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ValidationItem' })
export type ValidationItem = z.infer<typeof ValidationItem>

export const ValidationReply = z
  .object({ detail: z.array(ValidationItem) })
  .meta({ id: 'ValidationReply', description: 'Where the request does not fit its schema' })
export type ValidationReply = z.infer<typeof ValidationReply>

/** Two routes refuse by hand with 422 and a plain sentence, beside the usual array. */
export const UnprocessableReply = z
  .object({ detail: z.union([z.string(), z.array(ValidationItem)]) })
  .meta({ id: 'UnprocessableReply' })
export type UnprocessableReply = z.infer<typeof UnprocessableReply>

/** Replies every route that asks for a caller can give. */
export const guarded = { 401: ErrorReply, 403: ErrorReply, 500: ErrorReply } as const

/** Replies every route that takes a body can give. */
export const withBody = { 413: ErrorReply, 422: ValidationReply, 503: ErrorReply } as const
