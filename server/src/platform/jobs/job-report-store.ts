import { sql } from 'kysely'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/database.ts'
import type { JobLogLevel } from './job-type.ts'

export interface JobLogLine {
  readonly at: number
  readonly level: JobLogLevel
  readonly message: string
}

/** What a running job has said since its last report. */
export interface JobReport {
  readonly id: string
  readonly owner: string
  readonly at: number
  /** Null: as it was. */
  readonly progress: number | null
  readonly lines: readonly JobLogLine[]
}

/** Saves progress and lines of jobs that are still their owner's. */
export async function saveReports(tx: Tx, reports: readonly JobReport[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('jobs')
    .select(['id', 'lease_owner'])
    .where(
      anyOf(
        tx.dialect,
        'id',
        reports.map(({ id }) => id),
      ),
    )
    .execute()
  const owners = new Map(rows.map((row) => [row.id, row.lease_owner]))
  const own = reports.filter(({ id, owner }) => owners.get(id) === owner)
  for (const { id, owner, progress, at } of own) {
    if (progress === null) continue
    await sql`update jobs set progress = ${progress}, updated_at = ${at}
      where id = ${id} and lease_owner = ${owner}`.execute(tx.db)
  }
  const lines = own.flatMap(({ id, lines: said }) => said.map((line) => ({ id, ...line })))
  const seqs = await tx.allocate('job_logs', lines.length)
  await tx.insertMany(
    'job_logs',
    lines.map(({ id, ...line }, index) => ({ seq: seqs[index] ?? 0, job_id: id, ...line })),
  )
}
