import { localCaller, type Caller, type Uses } from '../../src/features/identity/index.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { randomIds } from '../../src/platform/ids.ts'
import type { TestDatabase } from './database.ts'

/** A clock that stands where a test puts it. */
export interface StandingClock extends Clock {
  now: number
}

export function standingClock(now = 1_700_000_000): StandingClock {
  const clock = { now, nowSeconds: () => clock.now, elapsedMs: () => clock.now * 1000 }
  return clock
}

/** No login was ended elsewhere. */
export const allStand: Uses<'checkSession'>['checkSession'] = async () => ({ isAlive: true })

/** What most verbs need, over a suite's database. */
export function contextOf(
  store: Pick<TestDatabase, 'db'>,
  clock: Clock,
  caller: Caller = localCaller(),
): Uses<'db' | 'clock' | 'ids' | 'sessionKey' | 'checkSession' | 'caller'> {
  return {
    db: store.db,
    clock,
    ids: randomIds,
    sessionKey: new Uint8Array(32),
    checkSession: allStand,
    caller,
  }
}
