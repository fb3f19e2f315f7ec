import { z } from 'zod'
import { isJsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import { readJson, type JsonReading } from './read-json.ts'
import { errorInside, excessOf, reported, unusable } from './unusable.ts'

/** Ids and names are for show: a strange one is no reason to lose the answer. */
export const looseText = z.string().nullish().catch(null)

export interface WholeReply<S extends z.ZodType> {
  readonly label: string
  readonly shape: S
  /** The member without which there is no answer, and what is said when it is not there. */
  readonly member: string
  readonly toParts: (reply: z.infer<S>) => readonly CompletionPart[]
  readonly reading?: JsonReading | undefined
}

/** A whole 2xx body as parts; whatever it is instead of an answer becomes one `error`. */
export function readWhole<S extends z.ZodType>(
  body: string,
  { label, shape, member, toParts, reading = readJson(body) }: WholeReply<S>,
): readonly CompletionPart[] {
  if (!reading.isJson) return [unusable(label, reading.fault, body)]
  const error = errorInside(reading.value)
  if (error !== undefined) return [reported(label, error, body)]
  const parsed = shape.safeParse(reading.value)
  if (!parsed.success) {
    const fault = hasMember(reading.value, member) ? unexpected(parsed.error) : `no ${member}`
    return [unusable(label, fault, body)]
  }
  const parts = toParts(parsed.data)
  const excess = excessOf(parts)
  return excess === null ? parts : [unusable(label, excess, body)]
}

function hasMember(value: unknown, name: string): boolean {
  const member = isJsonObject(value) ? value[name] : undefined
  if (Array.isArray(member)) return member.length > 0
  return isJsonObject(member) || typeof member === 'string'
}

/** Where a reply is not as documented. */
export function unexpected(error: z.ZodError): string {
  const path = error.issues[0]?.path.map(String).join('.') ?? ''
  return `something unexpected at ${path === '' ? 'its root' : path}`
}
