import { LiveSettings, type OperatorSettings } from '../../src/features/settings/index.ts'
import { createBus } from '../../src/platform/bus/bus.ts'
import type { Database } from '../../src/platform/db/database.ts'

/** What a server has that was started with nothing. */
const plainOptions: OperatorSettings['options'] = {
  auth: { source: 'default', value: 'open', fallback: 'open' },
  dataDir: { source: 'default', value: '/data', fallback: '/data' },
  engineGpu: { source: 'default', value: 'off', fallback: 'off' },
  keepAliveSeconds: { source: 'default', value: 300, fallback: 300 },
  executionsPerProvider: { source: 'default', value: 4, fallback: 4 },
}

/** What differs from that. */
export type Decided = Partial<Pick<OperatorSettings, 'options' | 'named'>>

/** Settings over a suite's database, with what they warned of. They hear what `bus` is told. */
export async function openSettings(
  db: Database,
  { options = {}, named = [] }: Decided = {},
): Promise<{
  readonly settings: LiveSettings
  readonly warnings: readonly string[]
  readonly faults: readonly unknown[]
  readonly bus: ReturnType<typeof createBus>
}> {
  const warnings: string[] = []
  const faults: unknown[] = []
  const bus = createBus((error) => faults.push(error))
  const settings = await LiveSettings.open({
    db,
    bus,
    operator: {
      options: { ...plainOptions, ...options },
      named,
      build: { version: '9.9.9', appType: 'native' },
    },
    onWarning: (message) => warnings.push(message),
    onError: (error) => faults.push(error),
  })
  return { settings, warnings, faults, bus }
}
