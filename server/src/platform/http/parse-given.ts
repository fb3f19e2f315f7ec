import { z } from 'zod'

type Issues = readonly z.core.$ZodIssue[]

export type Given<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly issues: Issues }

/** A list of at most so many is read at once; a longer one so many at a time. */
const sliceLength = 1000

/** A body of fewer bytes holds no longer list: an entry and its comma take two. */
export const leastLongBytes = 2 * sliceLength

/**
 * As `safeParse`, but of a long list no more is read once something in it does not fit: noting what
 * is wrong with each of millions would take all memory. Long lists are found in the members of
 * objects, not inside other lists.
 */
export function parseGiven<S extends z.ZodType>(schema: S, input: unknown): Given<z.output<S>> {
  const long = findLong(schema, input, { path: [], isWhole: false })
  if (long === undefined) return parseShort(schema, input)
  const read: unknown[] = []
  for (let from = 0; from < long.list.length; from += sliceLength) {
    const slice = z.array(long.element).safeParse(long.list.slice(from, from + sliceLength))
    if (!slice.success) return { success: false, issues: placed(slice.error.issues, long, from) }
    for (const one of slice.data) read.push(one)
  }
  // What is asked of the whole cannot be asked of its parts.
  if (long.isWhole) return parseShort(schema, input)
  // The rest is read without what was read already.
  const rest = parseGiven(schema, replaced(input, long.path, []))
  if (!rest.success) return rest
  // As it came from the schema, whose output it is: only the list takes its place again.
  return { success: true, data: replaced(rest.data, long.path, read) as z.output<S> }
}

interface Place {
  readonly path: readonly string[]
  /** Whether something is asked of the list, or of what it is in, as a whole. */
  readonly isWhole: boolean
}

interface LongList extends Place {
  readonly list: readonly unknown[]
  readonly element: z.core.$ZodType
}

function findLong(
  schema: z.core.$ZodType,
  input: unknown,
  { path, isWhole: isPart }: Place,
): LongList | undefined {
  const inner = unwrapped(schema)
  const isWhole = isPart || hasChecks(inner)
  if (inner instanceof z.ZodArray) {
    const isLong = Array.isArray(input) && input.length > sliceLength
    return isLong ? { path, isWhole, list: input, element: inner.element } : undefined
  }
  if (!(inner instanceof z.ZodObject) || typeof input !== 'object' || input === null) {
    return undefined
  }
  const members: Readonly<Record<string, z.core.$ZodType>> = inner.shape
  for (const [key, member] of Object.entries(members)) {
    const long = findLong(member, Reflect.get(input, key), { path: [...path, key], isWhole })
    if (long !== undefined) return long
  }
  return undefined
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  return isWrapped ? unwrapped(schema.def.innerType) : schema
}

function hasChecks({ _zod: { def } }: z.core.$ZodType): boolean {
  return (def.checks ?? []).length > 0
}

function placed(issues: Issues, { path }: LongList, from: number): Issues {
  return issues.map((issue) => {
    const [index, ...rest] = issue.path
    return { ...issue, path: [...path, from + Number(index), ...rest] }
  })
}

function replaced(value: unknown, path: readonly string[], list: readonly unknown[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return list
  if (typeof value !== 'object' || value === null) return value
  return { ...value, [key]: replaced(Reflect.get(value, key), rest, list) }
}

/** The same where no list can be long. */
export function parseShort<S extends z.ZodType>(schema: S, input: unknown): Given<z.output<S>> {
  const result = schema.safeParse(input)
  return result.success
    ? { success: true, data: result.data }
    : { success: false, issues: result.error.issues }
}
