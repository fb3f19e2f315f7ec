export type Fields = Readonly<Record<string, unknown>>

/** An object's fields; none for anything else. */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return { ...value }
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** The first name that is not in the list. */
export function unknownField(fields: Fields, known: ReadonlySet<string>): string | undefined {
  return Object.keys(fields).find((name) => !known.has(name))
}
