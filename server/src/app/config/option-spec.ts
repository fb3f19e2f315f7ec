interface OptionBase {
  readonly group:
    | 'server'
    | 'access'
    | 'storage'
    | 'import'
    | 'providers'
    | 'local models'
    | 'playground'
  readonly flag: string | null
  readonly env: readonly [string, ...string[]]
  readonly file: string | null
  readonly fallback: string | null
  /** Says what the default is where the server works it out. */
  readonly fallbackWord?: string
  readonly meaning: string
  readonly optional?: true
  readonly secret?: true
}

export type OptionKind =
  | { readonly kind: 'list'; readonly item: 'host' | 'origin' | 'network' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'number'; readonly moreThan: number; readonly max: number }
  | { readonly kind: 'bytes' }
  | {
      readonly kind: 'choice'
      readonly choices: readonly string[]
      readonly synonyms?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'path' }
  | { readonly kind: 'postgres-url' }
  | { readonly kind: 'http-url' }
  | { readonly kind: 'master-key' }
  | { readonly kind: 'text'; readonly minBytes?: number }

/** One setting: where it may be given, what it takes, and what it means. */
export type OptionSpec = OptionBase & OptionKind
