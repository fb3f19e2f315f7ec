import { randomUUID } from 'node:crypto'
import type { Database } from '../../../src/platform/db/database.ts'

const madeAt = 1_700_000_000
export const plantedDestination = '0f4a1c52-7c0d-4c8e-9a51-5a1f6b7c8d9e'

/** What was sent, or was to be sent, to a destination that is gone. Gives its id. */
export async function plantDelivery(db: Database, status: string): Promise<string> {
  const id = randomUUID()
  const isFailed = status === 'failed'
  await db.write((tx) =>
    tx.insertMany('webhook_deliveries', [
      {
        id,
        job_id: randomUUID(),
        destination_id: plantedDestination,
        url: 'http://127.0.0.1:9/hook',
        event: 'webhook.deployment.execution',
        body: '{"event":"webhook.deployment.execution","executionId":"e1","status":"failed"}',
        status,
        attempts: isFailed ? 8 : 1,
        last_status: isFailed ? 503 : 200,
        last_error: isFailed ? 'http: status 503' : null,
        execution_id: 'e1',
        created_at: isFailed ? madeAt : madeAt + 1,
        updated_at: madeAt + 2,
      },
    ]),
  )
  return id
}
