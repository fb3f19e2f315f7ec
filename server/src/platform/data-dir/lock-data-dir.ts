import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../domain-error.ts'
import { dataDirProblem } from './prepare-data-dir.ts'

const busyCodes = [5, 6]
const pidAttempts = 10
const pidPauseMs = 50

/**
 * The right to be the only process on a data folder. The right itself is SQLite's exclusive lock
 * on `lock.db`, which the operating system takes back whenever and however the process ends; the
 * number in `pharos.pid` only tells people who holds it.
 *
 * NOTE: nothing else in this process may open `lock.db`: closing any descriptor of a file gives
 * up all its POSIX locks.
 */
export class DataDirLock implements Disposable {
  readonly #database: DatabaseSync
  readonly #pidPath: string

  private constructor(database: DatabaseSync, pidPath: string) {
    this.#database = database
    this.#pidPath = pidPath
  }

  /** Takes the lock, or gives nothing when another process (or this one) holds it. */
  static tryTake(dataDir: string): DataDirLock | undefined {
    const pidPath = join(dataDir, 'pharos.pid')
    const database = openLockFile(dataDir)
    try {
      database.exec('begin exclusive')
      writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 })
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw dataDirProblem(dataDir, error)
    }
    return new DataDirLock(database, pidPath)
  }

  [Symbol.dispose](): void {
    rmSync(this.#pidPath, { force: true })
    this.#database.close()
  }
}

function openLockFile(dataDir: string): DatabaseSync {
  try {
    return new DatabaseSync(join(dataDir, 'lock.db'))
  } catch (error) {
    throw dataDirProblem(dataDir, error)
  }
}

/** Whether SQLite says that another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  return busyCodes.includes(Number(error.errcode) & 0xff)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * The process that holds the folder, as far as `pharos.pid` tells. The file may be missing or
 * speak of a dead process for the moment in which the holder has the lock but not yet written it.
 */
async function findHolder(dataDir: string): Promise<number | undefined> {
  for (let attempt = 0; attempt < pidAttempts; attempt++) {
    const text = await readFile(join(dataDir, 'pharos.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    if (pid > 0 && isAlive(pid)) return pid
    await sleep(pidPauseMs)
  }
  return undefined
}

/**
 * Makes this process the only one on a folder that holds a SQLite store.
 * @throws DomainError `conflict` naming the process that already is.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const lock = DataDirLock.tryTake(dataDir)
  if (lock !== undefined) return lock
  const pid = await findHolder(dataDir)
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  throw new DomainError('conflict', `The data folder ${dataDir} is in use by ${holder}`)
}
