import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '..', '..', '..')

/** Every file of ours that the architecture rules speak of: path from the repository → text. */
export function readTree(): Map<string, string> {
  const patterns = [
    '{contract,web}/src/**/*',
    'server/{migrations,src,test}/**/*',
    '{bench,scripts}/**/*',
  ]
  const paths = globSync(patterns, { cwd: repository })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(ts|tsx|mjs|json)$/u.test(path))
  return new Map(paths.map((path) => [path, readFileSync(join(repository, path), 'utf8')]))
}
