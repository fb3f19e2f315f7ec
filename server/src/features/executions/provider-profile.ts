import type { CompletionOptions } from '../completion/index.ts'
import type { ConnectionKind } from '../models/index.ts'

type Sampling = Pick<CompletionOptions, 'temperature' | 'topP' | 'topK' | 'maxTokens'>

/** What an execution asks of a provider unless its options say otherwise. */
export interface ProviderProfile {
  /** What is added to the options that were given. */
  defaults(given: Sampling): Sampling
  /** Whether it wants schemas in the form that OpenAI calls strict. */
  readonly isStrict: boolean
}

const maxTokens = 4096
const usual: Sampling = { temperature: 0.7, topP: 0.9, maxTokens }

const profiles = {
  openai: { defaults: () => ({ maxTokens }), isStrict: true },
  anthropic: {
    // Never both: its newer models refuse a temperature beside a top_p.
    defaults: ({ temperature, topP }) =>
      temperature === undefined && topP === undefined
        ? { temperature: 0.9, maxTokens }
        : { maxTokens },
    isStrict: false,
  },
  google: {
    defaults: () => ({ ...usual, topK: 40 }),
    isStrict: false,
  },
  ollama: {
    defaults: () => ({ temperature: 0.7, topP: 0.9, topK: 40 }),
    isStrict: false,
  },
  described: { defaults: () => usual, isStrict: false },
  plain: { defaults: () => ({}), isStrict: false },
  /** It may lead to any of the others. */
  alias: { defaults: () => ({}), isStrict: false },
} as const satisfies Readonly<Record<string, ProviderProfile>>

/** The profile of a place that runs models. Source: hypersigil contract §5.3. */
export function profileOf(place: {
  readonly isAlias: boolean
  readonly name: string
  readonly kind: ConnectionKind
}): ProviderProfile {
  if (place.isAlias) return profiles.alias
  switch (place.kind) {
    case 'openai':
    case 'anthropic':
    case 'google':
    case 'ollama':
      return profiles[place.kind]
    case 'openai-compatible':
      return ['deepseek', 'deepinfra'].includes(place.name) ? profiles.described : profiles.plain
    case 'local':
      return profiles.plain
  }
}
