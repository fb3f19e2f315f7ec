import type { OptionName } from './options.ts'

type LayerName = 'command line' | 'environment' | 'file' | 'default'

/** A value as somebody wrote it: under which name, and its text (several for a list). */
export interface Given {
  readonly name: string
  readonly texts: readonly string[]
}

/** All that one source says. Layers are given from the strongest to the weakest. */
export interface Layer {
  readonly layer: LayerName
  readonly given: ReadonlyMap<OptionName, Given>
}

/** Where an effective value came from, for example `environment` under the name `PORT`. */
export interface Source {
  readonly layer: LayerName
  readonly name: string
}
