import { copyFile, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ForeignFile } from '../../platform/db/foreign-sqlite.ts'
import { DomainError } from '../../platform/domain-error.ts'

/** A Beacon database ready to be read; disposing removes what was made to read it. */
export interface BeaconFile extends AsyncDisposable {
  readonly file: ForeignFile
}

const magic = 'SQLite format 3\0'
const headerBytes = 100
/** Where the header says by 2 that readers want a write-ahead log. */
const readVersionAt = 19
const logSuffixes = ['-journal', '-wal']

/**
 * Finds out how the file can be read without touching it: undefined when there is none. One whose
 * last program did not end well has a log to be worked into it; that is done to a copy in
 * `scratchDir`. Throws `precondition` when it cannot be read or is no database.
 */
export async function openBeaconFile(
  path: string,
  scratchDir: string,
): Promise<BeaconFile | undefined> {
  try {
    const header = await readHeader(path)
    if (header === undefined || header.length === 0) return undefined
    if (!header.toString('latin1').startsWith(magic)) {
      throw new DomainError('precondition', 'it is no SQLite database')
    }
    const logs = await logsOf(path)
    if (logs.length > 0) return await copyOf(path, logs, scratchDir)
    const access = header[readVersionAt] === 2 ? 'immutable' : 'shared'
    return { file: { path, access }, [Symbol.asyncDispose]: async () => undefined }
  } catch (error) {
    if (error instanceof DomainError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DomainError('precondition', reason, { cause: error })
  }
}

async function readHeader(path: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(path, 'r')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function logsOf(path: string): Promise<string[]> {
  const sizes = await Promise.all(logSuffixes.map((suffix) => sizeOf(path + suffix)))
  return logSuffixes.filter((_, index) => (sizes[index] ?? 0) > 0)
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
}

async function copyOf(
  path: string,
  logs: readonly string[],
  scratchDir: string,
): Promise<BeaconFile> {
  const dir = join(scratchDir, 'beacon-import')
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true })
  // A process that was killed may have left one.
  await remove()
  await mkdir(dir, { mode: 0o700 })
  const copy = join(dir, 'traces.db')
  try {
    for (const suffix of ['', ...logs]) await copyFile(path + suffix, copy + suffix)
  } catch (error) {
    await remove()
    throw error
  }
  return { file: { path: copy, access: 'ours' }, [Symbol.asyncDispose]: remove }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'ENOENT' || code === 'ENOTDIR'
}
