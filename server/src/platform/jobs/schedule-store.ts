import { sql } from 'kysely'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/database.ts'
import type { JobSchedulesTable } from '../db/job-tables.ts'

/** Gives whether it was new: one of the same name stays as it is. */
export async function insertSchedule(tx: Tx, row: JobSchedulesTable): Promise<boolean> {
  return (await tx.insertMany('job_schedules', [row], 'ignore')) > 0
}

export async function findSchedule(tx: Tx, id: string): Promise<JobSchedulesTable | undefined> {
  return tx.db.selectFrom('job_schedules').selectAll().where('id', '=', id).executeTakeFirst()
}

/** All, by name. */
export async function listSchedules(tx: Tx): Promise<JobSchedulesTable[]> {
  return tx.db.selectFrom('job_schedules').selectAll().orderBy('name').execute()
}

export async function saveSchedule(
  tx: Tx,
  id: string,
  changes: Partial<Omit<JobSchedulesTable, 'id'>>,
): Promise<void> {
  await tx.db.updateTable('job_schedules').set(changes).where('id', '=', id).execute()
}

/** Gives whether there was one. */
export async function deleteSchedule(tx: Tx, id: string): Promise<boolean> {
  const [done] = await tx.db.deleteFrom('job_schedules').where('id', '=', id).execute()
  return (done?.numDeletedRows ?? 0n) > 0n
}

export interface DueSchedule extends JobSchedulesTable {
  /** Of its last job; null if there is none any more. */
  readonly last_status: string | null
}

/** Schedules of these types that are due, for this transaction alone. */
export async function dueSchedules(
  tx: Tx,
  { now, types }: { readonly now: number; readonly types: readonly string[] },
): Promise<DueSchedule[]> {
  const locked = tx.dialect === 'sqlite' ? sql`` : sql`for update skip locked`
  const { rows } = await sql<DueSchedule>`
    select job_schedules.*, (select status from jobs where jobs.id = last_job_id) as last_status
    from job_schedules
    where is_active = 1 and next_at <= ${now} and ${anyOf(tx.dialect, 'type', types)}
    order by next_at limit 100 ${locked}`.execute(tx.db)
  return rows
}
