import type { Workroom } from '../../platform/threads/workroom.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { knownGroup, newItem } from './change-items.ts'
import { groupNotFound } from './dataset.ts'
import { lockGroup } from './group-store.ts'
import { insertItems } from './item-store.ts'
import type { DataFormat, ImportedText } from './imported-text.ts'
import { readImportAnywhere, type RefusedRow } from './read-import.ts'

/** What it takes to read long texts. */
export interface DatasetPowers {
  readonly workroom: Workroom
}

/** What became of an import. */
export interface ImportReport {
  readonly created: number
  /** The first thousand. */
  readonly refused: readonly RefusedRow[]
  readonly refusedCount: number
}

const mostItems = 100_000

/**
 * Adds the items that texts hold to a group, in one transaction; rows that cannot become items are
 * told and left out. Needs `data:write`.
 * @throws DomainError `not-found`; `invalid` for more than 100,000 items.
 */
export async function importItems(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & DatasetPowers,
  groupId: string,
  given: { readonly format: DataFormat; readonly texts: readonly ImportedText[] },
): Promise<ImportReport> {
  allow(ctx.caller, 'data:write')
  const { mode } = await knownGroup(ctx, groupId)
  const { items: found, refused, refusedCount } = await readImportAnywhere(ctx, { ...given, mode })
  checkCount(found)
  const items = found.map((item) => newItem(ctx, groupId, item))
  await ctx.db.write(async (tx) => {
    if ((await lockGroup(tx, groupId)) === undefined) throw groupNotFound(groupId)
    await insertItems(tx, items)
    const changes = { imported: items.length, format: given.format }
    const target = { kind: 'test-group', id: groupId }
    await insertAudit(tx, [auditEntry(ctx, target, 'update', changes)])
  })
  return { created: items.length, refused, refusedCount }
}

/** @throws DomainError `invalid` when they are too many for one import. */
export function checkCount({ length }: readonly unknown[]): void {
  if (length <= mostItems) return
  throw new DomainError('invalid', `More than ${mostItems} items at once: import fewer`)
}
