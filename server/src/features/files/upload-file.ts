import { DomainError } from '../../platform/domain-error.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import {
  allow,
  auditEntry,
  identityOf,
  identityOfUser,
  insertAudit,
  userIdOf,
  type Uses,
} from '../identity/index.ts'
import type { StoredFile } from './file.ts'
import { measureAnywhere } from './measure-content.ts'
import { insertFile } from './store.ts'

/** A file as somebody sends it. */
export interface SentFile {
  readonly name: string
  readonly originalName: string
  readonly mimeType: string
  /** What the sender takes its size to be. */
  readonly sizeBytes: number
  /** Base64. */
  readonly data: string
  readonly description: string | null
  readonly tags: readonly string[] | null
}

/** What it takes to look at bytes. */
export interface FilePowers {
  readonly workroom: Workroom
}

/**
 * Keeps a file. Bytes that are there already are not stored again. Needs `files:upload`.
 * @throws DomainError `invalid` for what is not base64, or has another size than was said.
 */
export async function uploadFile(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & FilePowers,
  sent: SentFile,
): Promise<StoredFile> {
  allow(ctx.caller, 'files:upload')
  const { sizeBytes, sha256 } = await measured(ctx, sent)
  const at = ctx.clock.nowSeconds()
  const file: StoredFile = {
    id: ctx.ids.uuid(),
    name: toStorableText(sent.name),
    originalName: toStorableText(sent.originalName),
    mimeType: toStorableText(sent.mimeType),
    sizeBytes,
    description: sent.description === null ? null : toStorableText(sent.description),
    tags: sent.tags?.map(toStorableText) ?? null,
    uploadedBy: userIdOf(ctx.caller),
    createdAt: at,
    updatedAt: at,
  }
  const sentBy = file.uploadedBy === null ? identityOf(ctx.caller) : identityOfUser(file.uploadedBy)
  const { data } = sent
  await ctx.db.write(async (tx) => {
    await insertFile(tx, { file, sha256, data, sentBy })
    const target = { kind: 'file', id: file.id }
    await insertAudit(tx, [auditEntry(ctx, target, 'create', { name: file.name, sizeBytes })])
  })
  return file
}

async function measured(powers: FilePowers, { data, sizeBytes }: SentFile) {
  const found = await measureAnywhere(powers, data)
  if (found === null) {
    throw new DomainError('invalid', 'data is not base64', { details: { param: 'data' } })
  }
  if (found.sizeBytes !== sizeBytes) {
    const message = `size says ${sizeBytes} bytes, but data holds ${found.sizeBytes}`
    throw new DomainError('invalid', message, { details: { param: 'size' } })
  }
  return found
}
