import type { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { badField, EngineFault } from './engine-fault.ts'

/** The body of a request. Throws EngineFault. */
export function readBody(json: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    const message = `The body is no JSON: ${error instanceof Error ? error.message : ''}`
    throw new EngineFault({ status: 400, code: 'invalid_json', message })
  }
  if (isJsonObject(value)) return value
  throw new EngineFault({ status: 400, code: 'invalid_json', message: 'The body is no object' })
}

/** What a shape finds in a body; the first thing wrong is named as OpenAI does (`tools[0].type`). */
export function readShape<S extends z.ZodType>(shape: S, body: JsonObject): z.infer<S> {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const param = fieldName(issue?.path ?? [])
  const code = issue?.code === 'invalid_type' ? 'invalid_type' : 'invalid_value'
  throw badField(param, `${param}: ${issue?.message ?? 'is not valid'}`, code)
}

export function fieldName(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
  return text.replace(/^\./u, '')
}
