import type { ModelFile } from '../model-files/index.ts'

/** A model as `/v1/models` shows it. */
export interface ListedModel {
  /** What a client asks for: an alias, `user/repo:quant` of a file, or `connection/model`. */
  readonly id: string
  /** Unix seconds; 0 where nobody says. */
  readonly createdAt: number
  readonly ownedBy: string
  readonly source: 'user' | 'model' | 'provider'
  /** The connection, where it is a provider's. */
  readonly provider?: string
  /** Where it is a file on this machine. */
  readonly file?: ModelFile
}

/** What became of the last question to a provider for its models. */
export interface ProviderStatus {
  readonly name: string
  readonly status: 'ok' | 'unreachable' | 'refused' | 'no-key' | 'switched-off'
  /** In words that may be shown: no key is ever among them. */
  readonly error?: string
  readonly modelCount: number
  /** Unix seconds; null where it was not asked. */
  readonly checkedAt: number | null
}
