import type { Uses } from '../identity/index.ts'
import { listConfiguredProviders } from '../models/index.ts'
import { scenarios, type Scenario } from './scenarios.ts'

export interface ListedScenario extends Scenario {
  /** Whether the scenario's provider has a stored key; the environment does not count. */
  readonly hasKey: boolean
}

/** All demo agents, in the contract's order. Needs `models:read`. */
export async function listScenarios(ctx: Uses<'db' | 'caller'>): Promise<ListedScenario[]> {
  const configured = await listConfiguredProviders(ctx)
  return scenarios.map((scenario) => ({ ...scenario, hasKey: configured.has(scenario.provider) }))
}
