import { allow, type Uses } from '../identity/index.ts'
import type { ModelFile } from './model-file.ts'
import type { ModelFilePowers } from './powers.ts'

export interface ModelFileQuery {
  /** Default `repo`. Files without a size come before all others. */
  readonly sort?: 'repo' | 'filename' | 'snapshot' | 'size'
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc'
  /** From 1 on. */
  readonly page: number
  readonly pageSize: number
}

export interface ModelFilePage {
  readonly files: readonly ModelFile[]
  /** On all pages. */
  readonly total: number
}

/** A page of the model files on disk. Needs `models:read`. */
export async function listModelFiles(
  ctx: Uses<'caller'> & Pick<ModelFilePowers, 'library'>,
  { sort = 'repo', order = 'asc', page, pageSize }: ModelFileQuery,
): Promise<ModelFilePage> {
  allow(ctx.caller, 'models:read')
  const files = await ctx.library.files()
  const sign = order === 'asc' ? 1 : -1
  // Equal ones stay in the order of repository, filename and snapshot.
  const sorted = files.toSorted((one, two) => sign * compare(keyOf(one, sort), keyOf(two, sort)))
  const start = (page - 1) * pageSize
  return { files: sorted.slice(start, start + pageSize), total: files.length }
}

function keyOf(file: ModelFile, sort: NonNullable<ModelFileQuery['sort']>): string | number {
  return sort === 'size' ? (file.sizeBytes ?? -1) : file[sort]
}

function compare(one: string | number, two: string | number): number {
  if (one === two) return 0
  return one < two ? -1 : 1
}
