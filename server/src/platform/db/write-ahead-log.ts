import { open, type FileHandle } from 'node:fs/promises'

const syncAfterMs = 50

/**
 * The log beside a SQLite file, for commits that did not wait for the disk: it is written out soon
 * after, beside the work of the connection. Whatever the connection itself writes out in the
 * meantime takes these commits along.
 */
export class WriteAheadLog {
  readonly #path: string
  #file: Promise<FileHandle> | undefined
  #isDue = false

  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`
  }

  /** Sees to it that what is committed by now is on the disk within about 50 ms. */
  syncSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => void this.#sync(), syncAfterMs)
  }

  /** A disk that fails here fails the next commit as well, and that one is told. */
  async #sync(): Promise<void> {
    this.#isDue = false
    this.#file ??= open(this.#path, 'r+')
    try {
      const file = await this.#file
      await file.datasync()
    } catch {
      this.#file = undefined
    }
  }
}
