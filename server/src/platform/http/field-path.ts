/** The place of a value in a body: `messages[1].content[0].source`; empty for the body itself. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (seen, key) =>
      typeof key === 'number' ? `${seen}[${key}]` : `${seen}${seen && '.'}${String(key)}`,
    '',
  )
}

/** A message that names the field at fault, for bodies that have no member for it. */
export function withField(message: string, field: string | null | undefined): string {
  return field && !message.includes(field) ? `${field}: ${message}` : message
}
