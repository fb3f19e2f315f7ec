import type { z } from 'zod'
import { InputError, type InputPart, type InputProblem } from './input-error.ts'
import { leastLongBytes, parseGiven, parseShort } from './parse-given.ts'
import { parseJson } from './parse-json.ts'

/** Reads a body as its schema says. Throws InputError. */
export function readJson<S extends z.ZodType>(schema: S, body: Uint8Array): z.output<S> {
  if (body.byteLength === 0) throw new InputError({ kind: 'missing-body' })
  const input = parseJson(body)
  // Looking for long lists costs each request a little; most are too short to hold one.
  const parse = body.byteLength < leastLongBytes ? parseShort : parseGiven
  const given = parse(schema, input)
  if (given.success) return given.data
  throw new InputError({ kind: 'schema', part: 'body', issues: given.issues, input })
}

/** Checks what is not a body, where there is something to check it by. Throws InputError. */
export function checkPart(
  part: Exclude<InputPart, 'body'>,
  schema: z.ZodType | undefined,
  input: unknown,
): unknown {
  if (schema === undefined) return undefined
  const given = parseShort(schema, input)
  if (given.success) return given.data
  throw new InputError({ kind: 'schema', part, issues: given.issues, input })
}

const mostIssues = 100

/** A problem as it goes from thread to thread: without what failed, with as much as is ever told. */
export function portableProblem({ problem }: InputError): InputProblem {
  if (problem.kind !== 'schema') return problem
  return { ...problem, issues: problem.issues.slice(0, mostIssues), input: undefined }
}
