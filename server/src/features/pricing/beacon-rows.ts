import { beaconTable, type BeaconProvider, type BeaconRate } from './beacon-table.ts'

export interface BeaconRow {
  readonly provider: BeaconProvider
  readonly model: string
  /** USD per million tokens read. */
  readonly input: number
  /** USD per million tokens written. */
  readonly output: number
}

function rowsOf(provider: BeaconProvider): readonly BeaconRow[] {
  const models: Readonly<Record<string, BeaconRate>> = beaconTable[provider]
  return Object.entries(models).map(([model, [input, output]]) => ({
    provider,
    model,
    input,
    output,
  }))
}

const rows: readonly BeaconRow[] = [
  ...rowsOf('openai'),
  ...rowsOf('anthropic'),
  ...rowsOf('google'),
]

/** The models of Beacon's list by provider, in the contract's order. */
export const beaconModels: Readonly<Record<BeaconProvider, readonly string[]>> = {
  openai: Object.keys(beaconTable.openai),
  anthropic: Object.keys(beaconTable.anthropic),
  google: Object.keys(beaconTable.google),
}

/** The row of exactly this name. */
export function findBeaconRow(model: string): BeaconRow | undefined {
  return rows.find((row) => row.model === model)
}

/** The row with the longest name that `model` begins with, if what follows has the given form. */
export function findPrefixRow(model: string, remainder: RegExp): BeaconRow | undefined {
  return rows
    .filter((row) => model.startsWith(row.model) && remainder.test(model.slice(row.model.length)))
    .reduce<BeaconRow | undefined>(
      (longest, row) => (longest && longest.model.length >= row.model.length ? longest : row),
      undefined,
    )
}

/** The provider of a model that Beacon's list names exactly; prefixes are not asked. */
export function beaconProviderOf(model: string): BeaconProvider | undefined {
  return findBeaconRow(model)?.provider
}
