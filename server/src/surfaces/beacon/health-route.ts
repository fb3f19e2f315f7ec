import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import type { HealthReply } from '@pharos/contract/beacon/health.ts'
import { mayUse } from '../../features/identity/index.ts'
import { serve, type BeaconPowers } from './door.ts'

/** Nothing is cached yet, so there is nothing to count. */
const emptyCache: HealthReply['cache'] = {
  entry_count: 0,
  current_bytes: 0,
  max_bytes: 0,
  memory_usage_percent: 0,
  hits: 0,
  misses: 0,
  hit_rate_percent: 0,
}

/**
 * One body for every system that asks this path; 503 when the database does not answer. Where the
 * data is kept is told only to those who may read it.
 */
export function healthRoute({ db, databaseName }: BeaconPowers) {
  return serve(beaconRoutes.health, async ({ caller }) => {
    const shownName = mayUse(caller, 'traces:read') ? databaseName : ''
    const failure = await db.ping().then(
      () => undefined,
      () => 'The database does not answer',
    )
    const body = (status: HealthReply['status'], error: string | null): HealthReply => ({
      status,
      version: '0.1.0',
      db_path: shownName,
      database: { status: error === null ? 'ok' : 'error', error },
      cache: emptyCache,
      message: 'pong',
    })
    return failure === undefined
      ? { status: 200, body: body('ok', null) }
      : { status: 503, body: body('degraded', failure) }
  })
}
