import type { NamedSetting, OperatorSource } from '../../features/settings/index.ts'
import type { OptionName } from './options.ts'

type LayerName = OperatorSource | 'default'

/** A value as somebody wrote it: under which name, and its text (several for a list). */
export interface Given {
  readonly name: string
  readonly texts: readonly string[]
}

/** All that one source says. */
export interface Layer {
  readonly layer: OperatorSource
  readonly given: ReadonlyMap<OptionName, Given>
  /** Settings that are no options, under their own keys. */
  readonly named?: readonly NamedSetting[]
  /** What is left out and why, in sentences that hold no value. */
  readonly warnings?: readonly string[]
}

/** Where an effective value came from, for example `environment` under the name `PORT`. */
export interface Source {
  readonly layer: LayerName
  readonly name: string
}
