import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checksumFor, type Checksum } from './checksum.ts'
import { writeFailure, type Disk } from './disk.ts'
import { cancelled, hubError } from './hub-error.ts'
import type { HubFile } from './hub-file.ts'

const magic = Buffer.from('GGUF')
const readBytes = 1024 * 1024

export interface PartialFileOptions {
  readonly path: string
  readonly file: HubFile
  readonly disk: Disk
  readonly signal: AbortSignal
  /** Hears how much of what was there already has been looked through. */
  readonly onChecked: (bytes: number) => void
}

/**
 * A blob while it grows. What was there already is read once, so that the checksum covers every
 * byte; what cannot be the beginning of the file is thrown away. Whoever has it open holds its lock.
 */
export class PartialFile implements AsyncDisposable {
  readonly #options: PartialFileOptions
  readonly #handle: FileHandle
  #checksum: Checksum
  #head = Buffer.alloc(0)
  #bytes = 0
  #resumedBytes = 0

  static async open(options: PartialFileOptions): Promise<PartialFile> {
    const { file } = options
    if (isGguf(file) && file.sizeBytes < magic.length) throw notGguf(file)
    // NOTE: `a+` would write at the end whatever position is given.
    const handle = await open(options.path, 'r+').catch(async () => open(options.path, 'w+'))
    const partial = new PartialFile(options, handle)
    try {
      await partial.#takeUp()
      return partial
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  private constructor(options: PartialFileOptions, handle: FileHandle) {
    this.#options = options
    this.#handle = handle
    this.#checksum = checksumFor(options.file.etag, options.file.sizeBytes)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How much of it was there when it was opened. */
  get resumedBytes(): number {
    return this.#resumedBytes
  }

  get isWhole(): boolean {
    return this.#bytes === this.#options.file.sizeBytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }

  /** Adds the next bytes. Throws DomainError when they cannot belong to the file or find no room. */
  async append(bytes: Uint8Array): Promise<void> {
    const { file, disk } = this.#options
    if (this.#bytes + bytes.length > file.sizeBytes) return this.refuse(wrongSize(file, 'more'))
    if (!this.#follow(bytes)) return this.refuse(notGguf(file))
    try {
      await disk.write(this.#handle, bytes, this.#bytes)
    } catch (error) {
      const written = { doneBytes: this.#bytes, totalBytes: file.sizeBytes }
      throw writeFailure(error, written)
    }
    this.#bytes += bytes.length
  }

  /** Begins again from nothing. */
  async restart(): Promise<void> {
    const { etag, sizeBytes } = this.#options.file
    await this.#handle.truncate(0)
    this.#checksum = checksumFor(etag, sizeBytes)
    this.#head = Buffer.alloc(0)
    this.#bytes = 0
    this.#resumedBytes = 0
  }

  /** Whether the whole file is what the hub said; to be asked once, when it is whole. */
  isRight(): boolean {
    return this.#checksum.isRight()
  }

  /** Puts the whole file, safe on the disk, in its place. */
  async moveTo(path: string): Promise<void> {
    await this.#handle.sync()
    await rename(this.#options.path, path)
    await syncFolder(dirname(path))
  }

  /** Throws it away, and the error. */
  async refuse(error: Error): Promise<never> {
    await rm(this.#options.path, { force: true })
    throw error
  }

  async #takeUp(): Promise<void> {
    const { file, signal, onChecked } = this.#options
    const { size } = await this.#handle.stat()
    if (size > file.sizeBytes) return this.restart()
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, size))
    while (this.#bytes < size) {
      if (signal.aborted) throw cancelled()
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#bytes)
      if (bytesRead === 0) break
      if (!this.#follow(buffer.subarray(0, bytesRead))) return this.restart()
      this.#bytes += bytesRead
      onChecked(this.#bytes)
    }
    this.#resumedBytes = this.#bytes
  }

  /** False when these bytes cannot be where they are. */
  #follow(bytes: Uint8Array): boolean {
    this.#checksum.update(bytes)
    if (!isGguf(this.#options.file) || this.#head.length === magic.length) return true
    const missing = magic.length - this.#head.length
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, missing)])
    return magic.subarray(0, this.#head.length).equals(this.#head)
  }
}

function isGguf({ filename }: HubFile): boolean {
  return filename.endsWith('.gguf')
}

/** Makes what was renamed or linked in a folder survive a power cut, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

export function wrongSize(file: HubFile, than: 'more' | 'less'): Error {
  const { repo, filename, sizeBytes } = file
  const message = `The hub sent ${than} than the ${sizeBytes} bytes of ${filename}; it was thrown away`
  const code = 'hub_api_error-size_mismatch'
  return hubError({ kind: 'upstream', code, message, repo, retryable: true })
}

export function wrongChecksum({ repo, filename }: HubFile): Error {
  const message = `${filename} did not arrive as the hub has it (checksum); it was thrown away`
  const code = 'hub_api_error-checksum_mismatch'
  return hubError({ kind: 'upstream', code, message, repo, retryable: true })
}

function notGguf({ repo, filename }: HubFile): Error {
  const message = `What the hub sent as ${filename} is no GGUF file; it was thrown away`
  const code = 'gguf_metadata_error-invalid_magic'
  return hubError({ kind: 'upstream', code, message, repo })
}
