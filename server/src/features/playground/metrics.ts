import type { Outcome } from '../completion/index.ts'

/** What a call took, as it is shown: what is unknown counts as 0. */
export interface Metrics {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number
  /** Of the provider's call, to a tenth. */
  readonly latencyMs: number
}

const nothing: Metrics = { inputTokens: 0, outputTokens: 0, costUsd: 0, latencyMs: 0 }

/** A call that failed shows zeros. Source: beacon contract §6, §6.2. */
export function metricsOf(outcome: Outcome): Metrics {
  if (outcome.status === 'failed') return nothing
  const { usage, price, latencyMs } = outcome
  return {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    costUsd: price.status === 'priced' ? price.costUsd : 0,
    latencyMs: Math.round(latencyMs * 10) / 10,
  }
}
