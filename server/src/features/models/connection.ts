/** Dialects that a connection may speak. Source: rulings §1 `provider_connections`. */
export const connectionKinds = [
  'openai',
  'anthropic',
  'google',
  'ollama',
  'openai-compatible',
] as const
export type ConnectionKind = (typeof connectionKinds)[number]

export function isConnectionKind(word: string): word is ConnectionKind {
  return connectionKinds.some((kind) => kind === word)
}

/** A place that runs models. Built in: openai anthropic google ollama deepseek deepinfra. */
export interface Connection {
  /** `[a-z0-9_-]{1,40}`; the word before `/` in a model's name. */
  readonly name: string
  readonly kind: ConnectionKind
  /** As people write it: `OpenAI`. */
  readonly label: string
  readonly baseUrl: string
  /** Null where none is needed. */
  readonly apiKey: string | null
}

/** Which keys count: the operator's environment before stored ones, or stored ones alone. */
export type KeySource = 'environment-first' | 'stored-only'
