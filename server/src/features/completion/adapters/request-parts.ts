import type { CompletionWarning, JsonMap, JsonValue } from '../request.ts'

export type Warn = (option: CompletionWarning['option'], message: string) => void

/** Gathers the warnings of one request; the same one is said once. */
export function collectWarnings(): { warn: Warn; warnings: readonly CompletionWarning[] } {
  const warnings: CompletionWarning[] = []
  const warn: Warn = (option, message) => {
    const isKnown = warnings.some((known) => known.option === option && known.message === message)
    if (!isKnown) warnings.push({ option, message })
  }
  return { warn, warnings }
}

/** `{ [key]: value }`, or nothing when there is no value: a body never holds `undefined`. */
export function given(key: string, value: JsonValue | undefined): JsonMap {
  return value === undefined ? {} : { [key]: value }
}

/** A list worth sending. */
export function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list && list.length > 0 ? list : undefined
}

/** A base URL without trailing slashes and without `suffix`, which people add or leave out. */
export function rootOf(baseUrl: string, suffix = ''): string {
  const trimmed = withoutSlashes(baseUrl)
  if (suffix === '' || !trimmed.endsWith(suffix)) return trimmed
  return withoutSlashes(trimmed.slice(0, -suffix.length))
}

function withoutSlashes(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
