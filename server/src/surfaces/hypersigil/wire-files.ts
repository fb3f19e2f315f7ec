import type { File, ListedFile } from '@pharos/contract/hypersigil/files.ts'
import type { FileListWriter, FileWithData, StoredFile } from '../../features/files/index.ts'
import { isJsonObject } from '../../platform/json.ts'
import { toTime } from '../../platform/iso-time.ts'
import { toPage } from './envelopes.ts'

export function toFile(file: StoredFile & { readonly data: string }): File {
  return { ...toFileHead(file), data: file.data }
}

export function toFileHead(file: StoredFile): Omit<File, 'data'> {
  const { id, name, originalName, mimeType, description, tags, uploadedBy } = file
  return {
    id,
    name,
    originalName,
    mimeType,
    size: file.sizeBytes,
    ...(uploadedBy !== null && { uploadedBy }),
    ...(description !== null && { description }),
    ...(tags !== null && { tags: [...tags] }),
    created_at: toTime(file.createdAt),
    updated_at: toTime(file.updatedAt),
  }
}

/** What a list is to be written with: its page, where it has pages, and the members asked for. */
export interface KeptForList {
  readonly page: { readonly page: number; readonly limit: number } | null
  readonly fields: readonly string[] | null
}

/** Files as the text of a reply. Runs where the rows are read. */
export const writeFileList: FileListWriter = ({ files, total }, kept) => {
  const { page, fields } = readKept(kept)
  const rows = files.map((file) => toListed(file, fields))
  return JSON.stringify({ data: page === null ? rows : toPage(rows, { ...page, total }) })
}

export function fileListWriter(kept: KeptForList) {
  return { module: import.meta.url, name: writeFileList.name, kept }
}

function toListed(file: FileWithData, fields: readonly string[] | null): ListedFile {
  const whole: ListedFile = {
    ...toFileHead(file),
    ...(file.data !== null && { data: file.data }),
  }
  if (fields === null) return whole
  const members = Object.entries(whole).filter(([member]) => fields.includes(member))
  return { ...Object.fromEntries(members), id: file.id }
}

/** It comes back as it was given, over the border between threads. */
function readKept(kept: unknown): KeptForList {
  const { page, fields } = isJsonObject(kept) ? kept : {}
  const { page: number, limit } = isJsonObject(page) ? page : {}
  return {
    page: typeof number === 'number' && typeof limit === 'number' ? { page: number, limit } : null,
    fields: Array.isArray(fields) ? fields.map(String) : null,
  }
}
