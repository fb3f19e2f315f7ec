import type { CompletionOptions, CompletionWarning, JsonMap, JsonValue } from '../request.ts'

/**
 * Says why an option is not done as asked. A client is told so in place of an answer, unless the
 * warning is harmless: then the option is done nearly as asked, or had no effect anyway.
 */
export type Warn = (
  option: CompletionWarning['option'],
  message: string,
  weight?: 'harmless',
) => void

/** Gathers the warnings of one request; the same one is said once. */
export function collectWarnings(): { warn: Warn; warnings: readonly CompletionWarning[] } {
  const warnings: CompletionWarning[] = []
  const warn: Warn = (option, message, weight) => {
    const isKnown = warnings.some((known) => known.option === option && known.message === message)
    if (!isKnown)
      warnings.push({ option, message, ...(weight === 'harmless' ? { isHarmless: true } : {}) })
  }
  return { warn, warnings }
}

const words: Readonly<Record<string, string>> = {
  topP: 'top_p',
  topK: 'top_k',
  frequencyPenalty: 'frequency penalty',
  presencePenalty: 'presence penalty',
  minP: 'min_p',
  repeatPenalty: 'repeat penalty',
}

/** An option of the core as people call it. */
export function wordOf(option: CompletionWarning['option']): string {
  return words[option] ?? option
}

/** Said wherever a choice of tools has no tools to choose from. */
export function warnOfNoTools(warn: Warn): void {
  warn('toolChoice', 'There are no tools to choose from; the choice is left out', 'harmless')
}

/** Said of a provider that has no words for what only engines know. */
export function warnOfEngineOptions(options: CompletionOptions, label: string, warn: Warn): void {
  for (const option of ['minP', 'repeatPenalty'] as const) {
    if (options[option] !== undefined) warn(option, `${label} has no ${wordOf(option)}`)
  }
}

/** Said of a provider without a search of its own; the answer is given from what the model knows. */
export function warnOfWebSearch(label: string, warn: Warn): void {
  warn('webSearch', `${label} has no web search; it is left out`, 'harmless')
}

/** Said of a provider that is told no user; the record holds them anyway. */
export function warnOfUser(label: string, warn: Warn): void {
  warn('user', `${label} is told no user; it is left out`, 'harmless')
}

/** Said of a provider whose results of tools are never marked as failed. */
export function warnOfFailedMark(label: string, warn: Warn): void {
  const message = `${label} has no mark for a failed tool; its result is sent without`
  warn('messages', message, 'harmless')
}

/** Said of a provider without strict tools. */
export function warnOfStrictTools(label: string, warn: Warn): void {
  warn('tools', `${label} has no strict tools; they are sent as usual ones`, 'harmless')
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
