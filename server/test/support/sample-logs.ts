import { randomUUID } from 'node:crypto'
import type { Scope } from '@pharos/contract/vocabulary.ts'
import { ownerKeyFor, type Caller, type Uses } from '../../src/features/identity/index.ts'
import { ingestLog, type LogPowers } from '../../src/features/inference-logs/index.ts'
import { ByteCache } from '../../src/platform/cache/byte-cache.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import { callerWith, ownerCaller } from './caller.ts'
import { standingClock } from './context.ts'
import type { TestDatabase } from './database.ts'
import { toIngested } from './ingest-fixtures.ts'
import { sampleIngest } from './sample-ingest.ts'

const vault = createVault(Buffer.alloc(32, 7))

type LogContext = Uses<'clock' | 'ids'> & LogPowers

/** What verbs over logs need, for one caller. */
export function logContext(store: Pick<TestDatabase, 'db'>, caller: Caller): LogContext {
  return {
    // It exists only while tests run.
    get db() {
      return store.db
    },
    clock: standingClock(),
    ids: randomIds,
    vault,
    logCache: new ByteCache(1_000_000),
    caller,
  }
}

/** Somebody who came with the key of an engine. */
export function engineCaller(
  key: string,
  scopes: readonly Scope[] = ['logs:read', 'logs:write'],
): Caller {
  return ownerCaller(ownerKeyFor({ vault }, key), ...scopes)
}

/** Stores a short log of an owner and gives its request id. */
export async function storeLog(
  store: Pick<TestDatabase, 'db'>,
  ownerKey: string | null,
): Promise<string> {
  const requestId = randomUUID()
  const document = sampleIngest({ requestId, ownerKey })
  await ingestLog(logContext(store, callerWith('traces:write')), toIngested(document), 1000)
  return requestId
}
