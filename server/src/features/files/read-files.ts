import type { WrittenText } from '../../platform/threads/written-text.ts'
import { allow, type Uses } from '../identity/index.ts'
import { fileNotFound, type StoredFile } from './file.ts'
import {
  allFiles,
  findFile,
  isFileThere,
  listOfFiles,
  type FileListWriterReference,
  type FileQuery,
} from './store.ts'

/** A file and its bytes as base64. Needs `files:read`. @throws DomainError `not-found`. */
export async function getFile(
  ctx: Uses<'db' | 'caller'>,
  id: string,
): Promise<StoredFile & { readonly data: string }> {
  allow(ctx.caller, 'files:read')
  return readFile(ctx, id)
}

/**
 * The same for verbs that use files by powers of their own.
 * @throws DomainError `not-found`.
 */
export async function readFile(
  ctx: Uses<'db'>,
  id: string,
): Promise<StoredFile & { readonly data: string }> {
  const file = await ctx.db.read((tx) => findFile(tx, id))
  if (file === undefined) throw fileNotFound(id)
  return file
}

/** Whether there is such a file. Asks for no scope. */
export async function hasFile(ctx: Uses<'db'>, id: string): Promise<boolean> {
  return ctx.db.read((tx) => isFileThere(tx, id))
}

/** Every file without its bytes, by name. Needs `files:read`. */
export async function fileSelectList(ctx: Uses<'db' | 'caller'>): Promise<readonly StoredFile[]> {
  allow(ctx.caller, 'files:read')
  return ctx.db.read(allFiles)
}

/**
 * Files in a surface's own words, UTF-8; read and written off the main thread. Needs `files:read`.
 * @throws DomainError `invalid` when their bytes are too many to be sent at once.
 */
export async function listFiles(
  ctx: Uses<'db' | 'caller'>,
  query: FileQuery,
  writer: FileListWriterReference,
): Promise<WrittenText> {
  allow(ctx.caller, 'files:read')
  return ctx.db.run(listOfFiles, { ...query, writer })
}
