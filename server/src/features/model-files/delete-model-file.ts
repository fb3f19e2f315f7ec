import { dirname } from 'node:path'
import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { modelFileNotFound } from './must-find.ts'
import { isDownloading, removeMetadata } from './model-file-store.ts'
import type { ModelFile, ModelFileRef } from './model-file.ts'
import type { ModelFilePowers } from './powers.ts'
import { partNames, removeFromCache } from './remove-from-cache.ts'

type DeleteContext = Uses<'db' | 'clock' | 'ids' | 'caller'> &
  Pick<ModelFilePowers, 'library' | 'isModelFileInUse'>

/**
 * Removes a file, all parts of it, from its snapshot, and its content where no other snapshot of the
 * repository has it. Needs `models:manage`.
 * @throws DomainError `not-found`; `conflict` while the model is loaded or a file of it downloaded;
 * `unavailable` when the disk refuses.
 */
export async function deleteModelFile(ctx: DeleteContext, ref: ModelFileRef): Promise<void> {
  allow(ctx.caller, 'models:manage')
  const file = await ctx.library.findListed(ref)
  if (!file) throw modelFileNotFound(ref)
  const { repo, filename, snapshot, path, sizeBytes } = file
  if (ctx.isModelFileInUse(path)) throw inUse(file, 'loaded')
  const names = await partNames(dirname(path), filename)
  const target = { kind: 'model-file', id: `${repo}/${filename}@${snapshot}` }
  await ctx.db.write(async (tx) => {
    if (await isDownloading(tx, repo, names)) throw inUse(file, 'being downloaded')
    await removeMetadata(tx, file)
    const changes = { repo, filename, snapshot, sizeBytes }
    await insertAudit(tx, [auditEntry(ctx, target, 'delete', changes)])
  })
  try {
    await removeFromCache(ctx.library.hubDir, file, names)
  } catch (error) {
    const message = `The file ${filename} could not be removed`
    throw new DomainError('unavailable', message, {
      details: { code: 'io_file_delete_error' },
      cause: error,
    })
  } finally {
    ctx.library.forget()
  }
}

function inUse({ repo, filename, snapshot }: ModelFile, how: string): DomainError {
  const message = `The file ${filename} of ${repo} is ${how} now`
  return new DomainError('conflict', message, { details: { repo, filename, snapshot } })
}
