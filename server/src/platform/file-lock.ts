import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './data-dir/lock-data-dir.ts'

const askAgainMs = 200

/**
 * The right to be the only one at work on something, among all processes of this machine and all
 * that happens in this one. It is SQLite's exclusive lock on an empty file made for it, which the
 * operating system takes back however the process ends. The file stays: were it removed, two could
 * hold a lock of the same name on two files.
 *
 * NOTE: nothing else in this process may open the file: closing any descriptor of a file gives up
 * all its POSIX locks.
 */
export class FileLock implements Disposable {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Takes the lock, or gives nothing when somebody holds it. Throws when no file can be there. */
  static tryTake(path: string): FileLock | undefined {
    mkdirSync(dirname(path), { recursive: true })
    const database = new DatabaseSync(path)
    try {
      database.exec('begin exclusive')
      return new FileLock(database)
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw error
    }
  }

  /** Waits for the lock. Throws the signal's reason when that fires first. */
  static async take(path: string, signal: AbortSignal): Promise<FileLock> {
    for (;;) {
      signal.throwIfAborted()
      const lock = FileLock.tryTake(path)
      if (lock !== undefined) return lock
      await sleep(askAgainMs, undefined, { signal }).catch(() => undefined)
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
