import { randomBytes, randomUUID } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DomainError } from '../domain-error.ts'
import { parseMasterKey } from '../secrets/master-key.ts'
import { dataDirProblem } from './prepare-data-dir.ts'

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

async function readKeyFile(path: string): Promise<Buffer | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw new DomainError('precondition', `Cannot read ${path}`, { cause: error })
  }
  const key = parseMasterKey(text)
  if (key !== undefined) return key
  throw new DomainError('precondition', `${path} does not hold base64 of 32 bytes`)
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(async () => folder.close())
}

/**
 * Writes the key beside its place and links it there: the place is either empty or whole, and of
 * several processes the first one's key stays.
 */
async function createKeyFile(dataDir: string, path: string): Promise<void> {
  const draft = join(dataDir, `secret.key.${randomUUID()}`)
  try {
    await writeDurably(draft, `${randomBytes(32).toString('base64')}\n`)
    await link(draft, path)
    await syncFolder(dataDir)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw dataDirProblem(dataDir, error)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * The master key of a data folder: the 32 bytes in `secret.key`, made on first use.
 * @throws DomainError `precondition` when the file cannot be read, written or understood.
 */
export async function readOrCreateSecretKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'secret.key')
  const existing = await readKeyFile(path)
  if (existing !== undefined) return existing
  await createKeyFile(dataDir, path)
  const key = await readKeyFile(path)
  if (key === undefined) throw new DomainError('precondition', `Cannot create ${path}`)
  return key
}
