import { DomainError } from '../../platform/domain-error.ts'
import { fromChatMessages, type CompletionRequest } from '../completion/index.ts'

type Attributes = Readonly<Record<string, unknown>>

/** What a replay asks of which provider. */
export interface ReplayPlan {
  /** Name of a connection, as `llm.provider` says it. */
  readonly provider: string
  readonly request: CompletionRequest
  /** The prompt to be saved as a version of the span's, if the caller changed it. */
  readonly changedPrompt: string | null
  readonly oldCompletion: string
}

/**
 * Lays the changes over the span's attributes and reads the call from the result: provider,
 * model, messages, temperature (1.0 if it says none) and the limit on tokens. Throws `invalid`
 * with a sentence for what cannot be read. Source: beacon contract §4.
 */
export function planReplay(stored: Attributes, modified: Attributes): ReplayPlan {
  const merged = { ...stored, ...modified }
  const maxTokens = toMaxTokens(merged['llm.max_tokens'])
  const newPrompt = modified['llm.prompt'] ?? null
  return {
    provider: toText(merged['llm.provider']),
    request: {
      model: toText(merged['llm.model']),
      messages: fromChatMessages(toPrompt(merged['llm.prompt'] ?? [])),
      options: {
        temperature: toTemperature(merged),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      },
    },
    changedPrompt: newPrompt === null ? null : asText(newPrompt),
    oldCompletion: asText(stored['llm.completion'] ?? ''),
  }
}

/** Keys whose values differ from the stored ones, in the order of the request. */
export function changedAttributes(
  stored: Attributes,
  modified: Attributes,
): { readonly key: string; readonly before?: unknown; readonly after: unknown }[] {
  return Object.entries(modified).flatMap(([key, after]) => {
    if (!Object.hasOwn(stored, key)) return [{ key, after }]
    const before = stored[key]
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key, before, after }]
  })
}

function toPrompt(prompt: unknown): unknown {
  if (typeof prompt !== 'string') return prompt
  try {
    return JSON.parse(prompt)
  } catch (error) {
    throw new DomainError(
      'invalid',
      'llm.prompt is not JSON text of a message list; it may have been cut by the SDK',
      { cause: error },
    )
  }
}

function toTemperature(merged: Attributes): number {
  const value = merged['llm.temperature']
  if (value === undefined) return 1
  const number = toNumber(value)
  if (number !== undefined) return number
  throw new DomainError('invalid', 'llm.temperature is not a number')
}

function toMaxTokens(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const number = toNumber(value)
  if (number !== undefined && number >= 0) return Math.trunc(number)
  throw new DomainError('invalid', 'llm.max_tokens is not a number of tokens')
}

function toNumber(value: unknown): number | undefined {
  const isNumeric = typeof value === 'string' && value.trim() !== ''
  const number = isNumeric ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function toText(value: unknown): string {
  return asText(value ?? '')
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
