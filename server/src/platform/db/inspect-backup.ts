import { stat } from 'node:fs/promises'
import { DomainError } from '../domain-error.ts'
import { openToRead } from './copy-sqlite.ts'
import type { SchemaSteps } from './schema-steps.ts'
import { fromSqliteError } from './sqlite-errors.ts'

/** Tables that every version has. */
const signs = ['migrations', 'traces', 'spans', 'settings']

/**
 * Makes sure that a file is a whole SQLite database of Pharos that this version can read. Throws
 * `precondition` saying what it is not, `not-found`.
 */
export async function inspectBackup(path: string, steps: SchemaSteps): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new DomainError('not-found', `There is no file ${path}`)
  const names = (rows: readonly unknown[]): string[] => rows.map((row) => nameIn(row))
  try {
    using database = openToRead(path, 'still')
    const tables = names(
      database.prepare("select name from sqlite_master where type = 'table'").all(),
    )
    if (!signs.every((sign) => tables.includes(sign))) {
      throw new DomainError('precondition', `${path} is no database of Pharos`)
    }
    const made = names(database.prepare('select name from migrations').all())
    const newer = made.find((name) => !Object.hasOwn(steps, name))
    if (newer !== undefined) {
      const message = `${path} was made by a newer version: it has the schema step ${newer}`
      throw new DomainError('precondition', message)
    }
    const verdicts = database.prepare('pragma quick_check(1)').all()
    if (verdicts[0]?.['quick_check'] !== 'ok') {
      throw new DomainError('precondition', `${path} is damaged`)
    }
  } catch (error) {
    const known = fromSqliteError(error)
    if (known instanceof DomainError) throw new DomainError('precondition', sentence(path, known))
    throw known
  }
}

/** What SQLite says of a file does not name it. */
function sentence(path: string, { message }: DomainError): string {
  return message.startsWith(path) ? message : `${path}: ${message}`
}

/** Our own statements select it. */
function nameIn(row: unknown): string {
  return (row as { readonly name: string }).name
}
