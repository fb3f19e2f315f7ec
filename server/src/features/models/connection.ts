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
  /** Somebody chose the address over the API: it must not lead into the server's own network. */
  readonly isGuarded: boolean
}

/** A connection as somebody stored it: a key, an address, a switch, a list of models. */
export interface StoredConnection {
  readonly name: string
  /** One of `connectionKinds`, or the word of a kind that runs no chats. */
  readonly kind: string
  readonly baseUrl: string | null
  /** The key as the vault sealed it. */
  readonly sealedSecret: string | null
  readonly isActive: boolean
  /** The base URL was chosen over the API while logins were required. */
  readonly isGuarded: boolean
  /** Ids that count instead of what the provider lists. */
  readonly models: readonly string[] | null
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** Which keys count: the operator's environment before stored ones, or stored ones alone. */
export type KeySource = 'environment-first' | 'stored-only'
