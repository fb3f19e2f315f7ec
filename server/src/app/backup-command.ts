import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { schemaSteps } from '../../migrations/index.ts'
import { lockDataDir } from '../platform/data-dir/lock-data-dir.ts'
import { prepareDataDir } from '../platform/data-dir/prepare-data-dir.ts'
import { copySqlite } from '../platform/db/copy-sqlite.ts'
import { inspectBackup } from '../platform/db/inspect-backup.ts'
import { DomainError } from '../platform/domain-error.ts'
import { confirm, requireAnswerer } from './ask.ts'
import type { Command, Config } from './config.ts'
import { everySecond, type Speech } from './speech.ts'

/** `backup`: the SQLite database as one file, also beside a running server. */
export async function backUp(config: Config, file: string, speech: Speech): Promise<void> {
  const target = resolve(file)
  refusePostgres(config, `pg_dump --format=custom --file=${file} "$DATABASE_URL"`)
  const source = databasePathOf(config)
  if (!existsSync(source)) {
    throw new DomainError('not-found', `There is no database in ${config.dataDir}`)
  }
  const exists = new DomainError('conflict', `${target} exists: a backup replaces no file`)
  if (existsSync(target)) throw exists
  const draft = `${target}.${randomUUID()}`
  try {
    await copySqlite(source, draft, { state: 'shared', onProgress: tellProgress(speech) })
    await claim(target, exists)
    await rename(draft, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(draft, { force: true })
    throw placeProblem(target, error)
  }
  const { size } = await stat(target)
  speech.print(`Backed up ${source} to ${target}, ${inMegabytes(size)}\n`)
  speech.print(
    'The key that seals stored secrets (secret.key or PHAROS_ENCRYPTION_KEY) is not in it: keep it apart\n',
  )
}

/** `restore`: puts a backup in the place of the database, while no server works on it. */
export async function restore(
  config: Config,
  { file, isSure }: Extract<Command, { name: 'restore' }>,
  speech: Speech,
): Promise<void> {
  const source = resolve(file)
  refusePostgres(config, `pg_restore --clean --if-exists --dbname="$DATABASE_URL" ${file}`)
  const { dataDir } = config
  await prepareDataDir(dataDir)
  using _lock = await lockDataDir(dataDir)
  const target = databasePathOf(config)
  const terminal = { input: process.stdin, output: process.stderr }
  const isTaken = existsSync(target)
  if (isTaken) requireAnswerer(terminal, { command: 'restore', isSure })
  speech.printProgress('Checking the backup\n')
  await inspectBackup(source, schemaSteps)
  const says = `This replaces the database in ${dataDir} by ${source}.`
  if (isTaken && !isSure) await confirm(terminal, { says, word: 'restore' })
  const draft = join(dataDir, 'pharos.db.restoring')
  await rm(draft, { force: true })
  await copySqlite(source, draft, { state: 'still', onProgress: tellProgress(speech) })
  // The logs belong to what is replaced, and the search index numbers its spans.
  for (const name of [
    'search.db',
    'search.db-wal',
    'search.db-shm',
    'pharos.db-wal',
    'pharos.db-shm',
  ]) {
    await rm(join(dataDir, name), { force: true })
  }
  await rename(draft, target)
  await syncFolder(dataDir)
  speech.print(`Restored ${source} to ${target}; the search index is made anew at the next start\n`)
  if (config.encryptionKey !== undefined || existsSync(join(dataDir, 'secret.key'))) return
  speech.print(`Put the secret.key that belongs to it into ${dataDir} before you start\n`)
}

function databasePathOf({ dataDir }: Config): string {
  return join(dataDir, 'pharos.db')
}

function refusePostgres({ databaseUrl }: Config, command: string): void {
  if (databaseUrl === undefined) return
  throw new DomainError('precondition', `The data is in PostgreSQL; use its own tool: ${command}`)
}

/** Takes the name, unless another took it meanwhile. */
async function claim(path: string, taken: DomainError): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? taken : error
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

function placeProblem(target: string, error: unknown): unknown {
  const code = codeOf(error)
  if (error instanceof DomainError || code === undefined) return error
  return new DomainError('precondition', `Cannot write ${target}: ${code}`, { cause: error })
}

/** Of an error of the file system. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function tellProgress({ printProgress }: Speech): (share: number) => void {
  return everySecond((share) => printProgress(`${Math.floor(share * 100)} % copied\n`))
}

function inMegabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)} MB`
}
