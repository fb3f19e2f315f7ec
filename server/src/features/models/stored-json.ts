/** A list of text that we stored; anything else in it is left out. */
export function readStrings(json: string): readonly string[] {
  const value: unknown = JSON.parse(json)
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return items.filter((item) => typeof item === 'string')
}
