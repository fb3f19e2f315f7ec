import type { LoadPlan } from '../engine/index.ts'

/** Dialects of providers, of which people may add connections. Source: rulings §1. */
export const connectionKinds = [
  'openai',
  'anthropic',
  'google',
  'ollama',
  'openai-compatible',
] as const
export type ProviderKind = (typeof connectionKinds)[number]

/** `local` is the engine in this process: there is one, and nobody can add another. */
export type ConnectionKind = ProviderKind | 'local'

export function isProviderKind(word: string): word is ProviderKind {
  return connectionKinds.some((kind) => kind === word)
}

/** A place that runs models. Built in: openai anthropic google ollama deepseek deepinfra local. */
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
  /** What the engine is to load; set exactly for the kind `local`. */
  readonly load?: LoadPlan
}

/** A connection as somebody stored it: a key, an address, a switch, a list of models. */
export interface StoredConnection {
  readonly id: string
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
  /** As people call it; null for what its name or kind gives. */
  readonly label: string | null
  /** Stands before the models' own ids where they are asked for without the connection's name. */
  readonly prefix: string | null
  /** The word of Bodhi's clients for its dialect, where one of them made it. */
  readonly apiFormat: string | null
  readonly createdBy: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** Which keys count: the operator's environment before stored ones, or stored ones alone. */
export type KeySource = 'environment-first' | 'stored-only'
