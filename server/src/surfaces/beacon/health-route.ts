import { health } from '@pharos/contract/beacon/health.ts'
import type { HealthReply } from '@pharos/contract/beacon/health.ts'
import { healthz } from '@pharos/contract/thunder/health.ts'
import { mayUse, type Caller } from '../../features/identity/index.ts'
import { serve, type BeaconPowers } from './door.ts'

/** Every page that shows a system's health may read it. Source: thunder contract §1.1 "CORS". */
const options = { cors: 'everyone' } as const

/** One body for every system that asks; 503 when the database does not answer. */
export function healthRoutes(powers: BeaconPowers) {
  return [
    serve(health, ({ caller }) => readHealth(powers, caller), options),
    serve(healthz, ({ caller }) => readHealth(powers, caller), options),
  ]
}

/** Where the data is kept is told only to those who may read it. */
async function readHealth({ db, databaseName, logCache }: BeaconPowers, caller: Caller) {
  const error = await db.ping().then(
    () => null,
    () => 'The database does not answer',
  )
  const body = (status: HealthReply['status']): HealthReply => ({
    status,
    version: '0.1.0',
    db_path: mayUse(caller, 'traces:read') ? databaseName : '',
    database: { status: error === null ? 'ok' : 'error', error },
    cache: cacheOf(logCache),
    message: 'pong',
  })
  return error === null
    ? { status: 200 as const, body: body('ok') }
    : { status: 503 as const, body: body('degraded') }
}

function cacheOf({ figures }: BeaconPowers['logCache']): HealthReply['cache'] {
  const { entryCount, currentBytes, maxBytes, hits, misses } = figures
  return {
    entry_count: entryCount,
    current_bytes: currentBytes,
    max_bytes: maxBytes,
    memory_usage_percent: percent(currentBytes, maxBytes),
    hits,
    misses,
    hit_rate_percent: percent(hits, hits + misses),
  }
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100
}
