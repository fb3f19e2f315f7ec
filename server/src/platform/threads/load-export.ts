/**
 * Finds an exported constant by module address and name, as a task names itself. The modules
 * are our own, so the type is the caller's word.
 */
export async function loadExport<T>(reference: {
  readonly module: string
  readonly name: string
}): Promise<T> {
  const exports = (await import(reference.module)) as Record<string, unknown>
  const found = exports[reference.name]
  if (found === undefined) {
    throw new Error(`${reference.module} has no export named ${reference.name}`)
  }
  return found as T
}
