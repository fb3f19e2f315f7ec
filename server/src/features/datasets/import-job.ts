import { createHash } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import type { JobType, RunningJob } from '../../platform/jobs/job-type.ts'
import { isJsonObject } from '../../platform/json.ts'
import { fileNotFound, hasFile, readFile } from '../files/index.ts'
import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import { knownGroup, newItem } from './change-items.ts'
import { groupNotFound } from './dataset.ts'
import { lockGroup } from './group-store.ts'
import { checkCount, type DatasetPowers, type ImportReport } from './import-items.ts'
import type { DataFormat } from './imported-text.ts'
import { insertItems } from './item-store.ts'
import { readFileImportJob } from './read-import.ts'

interface FileImport {
  readonly groupId: string
  readonly fileId: string
  readonly format: DataFormat
}

const importType = 'test-data-import'

/**
 * Lets a job add the items that a file holds to a group; gives the id of the job, whose result is an
 * `ImportReport`. Needs `data:write` and `files:read`.
 * @throws DomainError `not-found` for group or file.
 */
export async function importFile(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & { readonly jobs: JobEngine },
  given: FileImport,
): Promise<string> {
  allow(ctx.caller, 'data:write')
  allow(ctx.caller, 'files:read')
  const { groupId, fileId, format } = given
  if (!(await hasFile(ctx, fileId))) throw fileNotFound(fileId)
  return ctx.db.write(async (tx) => {
    if ((await lockGroup(tx, groupId)) === undefined) throw groupNotFound(groupId)
    const target = { kind: 'test-group', id: groupId }
    await insertAudit(tx, [auditEntry(ctx, target, 'update', { imported: fileId, format })])
    const job = { type: importType, data: given, createdBy: identityOf(ctx.caller) }
    return ctx.jobs.enqueue(tx, job)
  })
}

const itemsAtOnce = 1000

interface ImportPowers extends DatasetPowers {
  readonly db: Database
  readonly clock: Clock
}

/**
 * Reads files into groups, a thousand items a transaction. Each item has an id that follows from its
 * job and place, so a job that runs again adds only what is missing.
 */
export function importJobs(powers: ImportPowers): JobType<FileImport> {
  return { name: importType, bound: 1, read: readData, run: (job) => runImport(powers, job) }
}

async function runImport(powers: ImportPowers, job: RunningJob<FileImport>): Promise<ImportReport> {
  const { groupId, fileId, format } = job.data
  const { mode } = await knownGroup(powers, groupId)
  const { name, data } = await readFile(powers, fileId)
  const input = { format, mode, name, data }
  const { items, refused, refusedCount } = await powers.workroom.run(readFileImportJob, input)
  checkCount(items)
  const report = { created: items.length, refused, refusedCount }
  for (let start = 0; start < items.length; start += itemsAtOnce) {
    job.signal.throwIfAborted()
    const some = items.slice(start, start + itemsAtOnce).map((item, index) => {
      const ids = { uuid: () => placedId(job.id, start + index) }
      return newItem({ clock: powers.clock, ids }, groupId, item)
    })
    await powers.db.write(async (tx) => {
      if ((await lockGroup(tx, groupId)) === undefined) throw groupNotFound(groupId)
      await insertItems(tx, some)
    })
    job.progress((start + some.length) / items.length)
  }
  return report
}

/** A UUID of version 8, whose content is its maker's affair. Source: RFC 9562 §5.8. */
function placedId(jobId: string, index: number): string {
  const hex = createHash('sha256').update(`${jobId}:${index}`).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}

function readData(data: unknown): FileImport {
  const { groupId, fileId, format } = isJsonObject(data) ? data : {}
  const known = (['csv', 'jsonl', 'md'] as const).find((one) => one === format)
  if (typeof groupId !== 'string' || typeof fileId !== 'string' || known === undefined) {
    throw new DomainError('invalid', 'An import needs groupId, fileId and format')
  }
  return { groupId, fileId, format: known }
}
