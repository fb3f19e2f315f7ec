import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { fileNotFound } from './file.ts'
import { removeFile } from './store.ts'

/**
 * Deletes a file; its bytes go with the last file that has them. Needs `files:upload`.
 * @throws DomainError `not-found`.
 */
export async function deleteFile(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
): Promise<void> {
  allow(ctx.caller, 'files:upload')
  await ctx.db.write(async (tx) => {
    if (!(await removeFile(tx, id))) throw fileNotFound(id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'file', id }, 'delete', {})])
  })
}
