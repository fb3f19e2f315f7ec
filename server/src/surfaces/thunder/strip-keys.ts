/**
 * Engines that run elsewhere name a mod as `name@<key of its owner>`, in the model's name as well.
 * No key may be stored or shown with a log. Source: thunder contract §8.4, §10.5 item 10.
 */

/** A model's or mod's name up to its key. An `@` that begins a whole name belongs to it. */
export function withoutKey(name: string | null | undefined): string | null {
  if (name === null || name === undefined) return null
  const at = name.indexOf('@', 1)
  const isWhole = name.startsWith('@') && !name.includes('/')
  if (isWhole) return ''
  return at === -1 ? name : name.slice(0, at)
}

interface Keyed {
  readonly user_api_key?: string | null | undefined
  readonly active_mod_name?: string | null | undefined
  readonly model?: string | null | undefined
}

/** The keys that a request is known to carry. */
export function keysIn({ user_api_key, active_mod_name, model }: Keyed): string[] {
  const keys = [user_api_key, suffixOf(active_mod_name), suffixOf(model)]
  return keys.filter((key): key is string => key !== null && key !== undefined && key !== '')
}

function suffixOf(name: string | null | undefined): string | null {
  const at = name?.indexOf('@', 1) ?? -1
  return at === -1 ? null : (name?.slice(at + 1) ?? null)
}

/** Text without the keys; a single word, as a model's name is, also loses an unknown one. */
export function withoutKeys(
  text: string | null | undefined,
  keys: readonly string[],
): string | null {
  if (text === null || text === undefined) return null
  if (!/\s/.test(text)) return withoutKey(text)
  return keys.reduce((seen, key) => seen.replaceAll(`@${key}`, ''), text)
}

/** A value as it is sent, but for the keys behind an `@` in any text of it. */
export type Strip = <T>(value: T) => T

/** For what a mod or the engine says by itself: messages, tracebacks and details of any shape. */
export function strippingOf(keys: readonly string[]): Strip {
  const suffixes = keys.map((key) => `@${key}`)
  const strip = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return suffixes.reduce((text, suffix) => text.replaceAll(suffix, ''), value)
    }
    if (Array.isArray(value)) return value.map(strip)
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([name, member]) => [strip(name), strip(member)])
    return Object.fromEntries(members)
  }
  return (value) => (keys.length === 0 ? value : (strip(value) as typeof value))
}
