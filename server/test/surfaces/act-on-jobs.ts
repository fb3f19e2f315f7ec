import type { Database } from '../../src/platform/db/database.ts'
import { isJsonObject, type JsonObject } from '../../src/platform/json.ts'
import { plantDelivery } from './hypersigil/plant-delivery.ts'
import { plantJob } from './hypersigil/plant-job.ts'

type Act = (
  route: string,
  ask: { readonly names?: Readonly<Record<string, string>>; readonly body?: unknown },
) => Promise<JsonObject>

/** Plays every route that changes jobs, their schedules and what they deliver. */
export async function actOnJobs(act: Act, db: Database): Promise<void> {
  const body = { name: 'nightly', type: 'job-cleanup', everySeconds: 86_400 }
  const { data } = await act('POST /api/v1/jobs/schedules', { body })
  const names = { id: isJsonObject(data) ? String(data['id']) : '' }
  await act('PUT /api/v1/jobs/schedules/{id}', { names, body: { active: false } })
  await act('DELETE /api/v1/jobs/schedules/{id}', { names })
  const pending = { id: await plantJob(db, 'pending') }
  await act('POST /api/v1/jobs/{id}/cancel', { names: pending })
  await act('POST /api/v1/jobs/{id}/retry', { names: pending })
  const delivery = { id: await plantDelivery(db, 'failed') }
  await act('POST /api/v1/webhook-deliveries/{id}/replay', { names: delivery })
}
