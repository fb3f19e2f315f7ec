import type { FileHandle } from 'node:fs/promises'
import { statfs, symlink } from 'node:fs/promises'
import { DomainError } from '../../../platform/domain-error.ts'

/** What a transfer asks of the disk and what may fail there; tests give their own. */
export interface Disk {
  /** What an ordinary user may still write in a folder. */
  freeBytes(folder: string): Promise<number>
  /** Writes all of it, from a place in the file on. */
  write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void>
  symlink(target: string, path: string): Promise<void>
}

export const realDisk: Disk = {
  async freeBytes(folder) {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  },
  async write(file, bytes, position) {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  },
  symlink: async (target, path) => symlink(target, path, 'file'),
}

/** So much stays free whatever is downloaded: databases and logs live on the same disk. */
const reserveBytes = 64 * 1024 * 1024

/** Throws DomainError when the disk cannot take what is missing. */
export async function checkRoom(disk: Disk, folder: string, missingBytes: number): Promise<void> {
  if (missingBytes === 0) return
  const freeBytes = await disk.freeBytes(folder)
  const neededBytes = missingBytes + reserveBytes
  if (neededBytes <= freeBytes) return
  const message =
    `The disk has too little room: ${missingBytes} bytes are missing of the file and ` +
    `${reserveBytes} are kept free, but only ${freeBytes} are left`
  throw noRoom(message, { neededBytes, freeBytes, partialKept: false })
}

/** What the file system's refusal means; other errors stay what they are. */
export function diskFailure(error: unknown): unknown {
  const isOfDisk = error instanceof Error && 'syscall' in error && 'code' in error
  if (!isOfDisk) return error
  const code = String(error.code)
  if (isFull(code)) return noRoom('The disk is full', { freeBytes: 0 })
  const message = `The folder of model files cannot be used: ${code}`
  return new DomainError('precondition', message, { details: { code: 'io_error' }, cause: error })
}

function isFull(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What a failed write means. */
export function writeFailure(error: unknown, { doneBytes, totalBytes }: Written): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!isFull(code)) return error
  const message =
    `The disk is full after ${doneBytes} of ${totalBytes} bytes; ` +
    'what is there is kept, and the download goes on from there when it is tried again'
  return noRoom(message, { neededBytes: totalBytes - doneBytes, freeBytes: 0, partialKept: true })
}

interface Written {
  readonly doneBytes: number
  readonly totalBytes: number
}

function noRoom(message: string, facts: Readonly<Record<string, unknown>>): DomainError {
  const details = { code: 'insufficient_storage', ...facts }
  return new DomainError('precondition', message, { details, retryable: true })
}
