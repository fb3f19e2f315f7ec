import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { DomainError } from '../domain-error.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read and write it',
  EPERM: 'this user may not read and write it',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'a part of its path does not exist',
  ELOOP: 'its path holds a loop of links',
  ENAMETOOLONG: 'its path is too long',
}

/** Says in one line why a folder cannot hold our data; `error` is what the file system threw. */
export function dataDirProblem(path: string, error: unknown): DomainError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code] ?? (code === '' ? String(error) : code)
  return new DomainError('precondition', `Cannot use the data folder ${path}: ${reason}`, {
    cause: error,
  })
}

/**
 * Creates the folder for its owner alone, or checks that an existing one can be read and written.
 * @throws DomainError `precondition` with one line that says what stands in the way.
 */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const isFile = await stat(path).then(
      (found) => !found.isDirectory(),
      () => false,
    )
    if (!isFile) throw dataDirProblem(path, error)
    throw new DomainError('precondition', `Cannot use the data folder ${path}: it is a file`)
  }
}
