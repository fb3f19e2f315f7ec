import { ExecutionEnds, type ExecutionPowers } from '../features/executions/index.ts'
import type { LiveSettings } from '../features/settings/index.ts'
import type { Store } from './store.ts'

/** What running executions takes besides the powers of calls. */
export type ExecutionSettings = Pick<ExecutionPowers, 'executionsPerProvider' | 'executionEnds'>

/** Every provider has the same bound, which may change while the server runs. */
export function openExecutions(
  opened: AsyncDisposableStack,
  { store, settings }: { readonly store: Store; readonly settings: LiveSettings },
): ExecutionSettings {
  const executionEnds = new ExecutionEnds()
  opened.use(store.bus.subscribe(executionEnds))
  return {
    executionsPerProvider: () => settings.value('executions-per-provider'),
    executionEnds,
  }
}
