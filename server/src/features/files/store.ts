import { sql, type Insertable, type RawBuilder, type Selectable, type SqlBool } from 'kysely'
import { anyOf } from '../../platform/db/any-of.ts'
import { defineTask, type Dialect, type Tx } from '../../platform/db/database.ts'
import { oneHas } from '../../platform/db/one-has.ts'
import type { FileBlobsTable, FilesTable } from '../../platform/db/prompt-tables.ts'
import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { readStrings } from '../../platform/json.ts'
import { loadExport } from '../../platform/threads/load-export.ts'
import {
  toWritten,
  type WriterReference,
  type WrittenText,
} from '../../platform/threads/written-text.ts'
import type { FileWithData, StoredFile } from './file.ts'

export interface NewFileRow {
  readonly file: StoredFile
  readonly sha256: string
  /** Base64. */
  readonly data: string
  /** `identityOf` of who sent it. */
  readonly sentBy: string
}

/** Keeps a file; its bytes only if nobody has sent the same before. */
export async function insertFile(
  tx: Tx,
  { file, sha256, data, sentBy }: NewFileRow,
): Promise<void> {
  await keepBlob(tx, { sha256, size_bytes: file.sizeBytes, data, created_at: file.createdAt })
  await tx.insertMany('files', [
    {
      id: file.id,
      sha256,
      name: file.name,
      original_name: file.originalName,
      mime_type: file.mimeType,
      size_bytes: file.sizeBytes,
      description: file.description,
      tags: file.tags && JSON.stringify(file.tags),
      uploaded_by: sentBy,
      created_at: file.createdAt,
      updated_at: file.updatedAt,
    },
  ])
}

/** Whoever deletes the last file with these bytes waits then, and finds this one. */
async function keepBlob(tx: Tx, blob: Insertable<FileBlobsTable>): Promise<void> {
  if (tx.dialect === 'sqlite') await tx.insertMany('file_blobs', [blob], 'ignore')
  else {
    await tx.db
      .insertInto('file_blobs')
      .values(blob)
      .onConflict((is) => is.column('sha256').doUpdateSet({ size_bytes: blob.size_bytes }))
      .execute()
  }
}

/** With its bytes, if it was the last file that had them; false if there is no such file. */
export async function removeFile(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('files')
    .select('sha256')
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return false
  const { sha256 } = row
  await lockBlob(tx, sha256)
  const { numDeletedRows } = await tx.db
    .deleteFrom('files')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  await tx.db
    .deleteFrom('file_blobs')
    .where('sha256', '=', sha256)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('files').select('id').where('sha256', '=', sha256))),
    )
    .execute()
  return Number(numDeletedRows) > 0
}

async function lockBlob(tx: Tx, sha256: string): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await tx.db
    .selectFrom('file_blobs')
    .select('sha256')
    .where('sha256', '=', sha256)
    .forUpdate()
    .execute()
}

export async function isFileThere(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.db.selectFrom('files').select('id').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}

/** With its bytes. */
export async function findFile(
  tx: Tx,
  id: string,
): Promise<(StoredFile & { readonly data: string }) | undefined> {
  const row = await tx.db
    .selectFrom('files')
    .innerJoin('file_blobs', 'file_blobs.sha256', 'files.sha256')
    .selectAll('files')
    .select('file_blobs.data')
    .where('files.id', '=', id)
    .executeTakeFirst()
  return row && { ...toFile(row), data: row.data }
}

/** All without their bytes, by name whatever its case. */
export async function allFiles(tx: Tx): Promise<readonly StoredFile[]> {
  const rows = await tx.db
    .selectFrom('files')
    .selectAll()
    .orderBy(sql`lower(name)`)
    .orderBy('id')
    .execute()
  return rows.map(toFile)
}

export interface FileQuery {
  /** An id, or part of one of the names or the description; `%` and `_` stand for others. */
  readonly search?: string
  /** Part of the name alone. */
  readonly nameHas?: string
  readonly mimeType?: string
  readonly orderBy: 'name' | 'original_name' | 'size_bytes' | 'created_at' | 'updated_at'
  readonly order: 'asc' | 'desc'
  /** All that match if not given. */
  readonly limit?: number
  readonly offset: number
  readonly withData: boolean
}

/** How a surface writes files as text; `kept` is what it asked to get back. */
export type FileListWriter = (
  found: { readonly files: readonly FileWithData[]; readonly total: number },
  kept: unknown,
) => string

/** Names an exported `FileListWriter`, so that it is used in the thread that reads the rows. */
export interface FileListWriterReference extends WriterReference {
  readonly kept: unknown
}

/** More is no longer a text that can be written in one piece. */
const mostBytes = 128 * 1024 * 1024

/** The bytes of files may be many, so the list is written and hashed where they are read. */
export const listOfFiles = defineTask<
  FileQuery & { readonly writer: FileListWriterReference },
  WrittenText
>({
  module: import.meta.url,
  name: 'listOfFiles',
  async run(tx, { writer, ...query }) {
    const write = await loadExport<FileListWriter>(writer)
    const total = query.limit === undefined ? 0 : await countFiles(tx, query)
    const rows = await matching(tx, query)
      .selectAll()
      .orderBy(query.orderBy, query.order)
      .orderBy('id', query.order)
      .$if(query.limit !== undefined, (all) => all.limit(query.limit ?? 0).offset(query.offset))
      .execute()
    const files = query.withData ? await withData(tx, rows) : rows.map(withoutData)
    return toWritten(write({ files, total }, writer.kept))
  },
})

type FileRow = Selectable<FilesTable>

async function withData(tx: Tx, rows: readonly FileRow[]): Promise<readonly FileWithData[]> {
  const sizeBytes = rows.reduce((sum, row) => sum + row.size_bytes, 0)
  if (sizeBytes > mostBytes) {
    throw new DomainError('invalid', 'These files are too many bytes: list fewer, or use fields')
  }
  const hashes = [...new Set(rows.map(({ sha256 }) => sha256))]
  const blobs = await tx.db
    .selectFrom('file_blobs')
    .select(['sha256', 'data'])
    .where(anyOf(tx.dialect, 'sha256', hashes))
    .execute()
  const dataOf = new Map(blobs.map(({ sha256, data }) => [sha256, data]))
  return rows.map((row) => ({ ...toFile(row), data: dataOf.get(row.sha256) ?? '' }))
}

function withoutData(row: FileRow): FileWithData {
  return { ...toFile(row), data: null }
}

async function countFiles(tx: Tx, query: FileQuery): Promise<number> {
  const { count } = await matching(tx, query)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching(tx: Tx, { search = '', nameHas = '', mimeType }: FileQuery) {
  return tx.db
    .selectFrom('files')
    .$if(search !== '', (query) => query.where(matches(tx.dialect, search)))
    .$if(nameHas !== '', (query) => query.where(oneHas(tx.dialect, ['name'], nameHas)))
    .$if(mimeType !== undefined, (query) => query.where('mime_type', '=', mimeType ?? ''))
}

function matches(dialect: Dialect, text: string): RawBuilder<SqlBool> {
  const hasText = oneHas(dialect, ['name', 'original_name', 'description'], text)
  return sql<SqlBool>`(id = ${toStorableText(text).toLowerCase()} or ${hasText})`
}

const user = 'user:'

function toFile(row: FileRow): StoredFile {
  const { uploaded_by: sentBy } = row
  return {
    id: row.id,
    name: row.name,
    originalName: row.original_name,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    description: row.description,
    tags: row.tags === null ? null : readStrings(row.tags),
    uploadedBy: sentBy?.startsWith(user) === true ? sentBy.slice(user.length) : null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
