/** What completed executions took. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly executionCount: number
  readonly costUsd: number
}

export interface ModelUsage extends Usage {
  readonly provider: string
  readonly model: string
}

export interface UsageSummary extends Usage {
  readonly providerCount: number
  readonly modelCount: number
  /** Who took the most tokens; null where nothing was completed. */
  readonly topProvider: TokenShare | null
  readonly topModel: TokenShare | null
}

export interface TokenShare {
  readonly name: string
  readonly tokens: number
  /** Of all tokens, 0 to 1. */
  readonly share: number
}

export function tokensOf({ inputTokens, outputTokens }: Usage): number {
  return inputTokens + outputTokens
}

/** All together, and who took the most. */
export function summarizeUsage(rows: readonly ModelUsage[]): UsageSummary {
  const total = sumOf(rows)
  const providers = Map.groupBy(rows, ({ provider }) => provider)
  const models = Map.groupBy(rows, ({ model }) => model)
  return {
    ...total,
    providerCount: providers.size,
    modelCount: models.size,
    topProvider: topOf(providers, tokensOf(total)),
    topModel: topOf(models, tokensOf(total)),
  }
}

function sumOf(rows: readonly Usage[]): Usage {
  return {
    inputTokens: rows.reduce((sum, row) => sum + row.inputTokens, 0),
    outputTokens: rows.reduce((sum, row) => sum + row.outputTokens, 0),
    executionCount: rows.reduce((sum, row) => sum + row.executionCount, 0),
    costUsd: rows.reduce((sum, row) => sum + row.costUsd, 0),
  }
}

function topOf(groups: ReadonlyMap<string, readonly Usage[]>, all: number): TokenShare | null {
  const [top] = [...groups]
    .map(([name, rows]) => ({ name, tokens: tokensOf(sumOf(rows)) }))
    .toSorted((one, other) => other.tokens - one.tokens || (one.name < other.name ? -1 : 1))
  return top === undefined ? null : { ...top, share: all === 0 ? 0 : top.tokens / all }
}
