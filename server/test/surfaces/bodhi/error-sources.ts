import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, '..', '..', '..', 'src')

/** Where codes of this wire are made: verbs, and the doors that show them as they are. */
const places = ['features/**/*.ts', 'platform/**/*.ts', 'surfaces/{bodhi,openai}/**/*.ts']

/** A code as it stands in a source, and the status beside it where one stands there. */
export interface WrittenCode {
  readonly code: string
  readonly status: number | undefined
  readonly file: string
}

/** A family whose variants a source fills in. */
export interface WrittenFamily {
  readonly family: string
  readonly file: string
}

interface Written {
  readonly codes: readonly WrittenCode[]
  readonly families: readonly WrittenFamily[]
  /** Every other word in quotes, or that names a member. */
  readonly words: ReadonlySet<string>
}

const hyphened = /['"`]((?:[a-z]+_)+error-[A-Za-z_]+)['"`]/g
const withStatus = /status: (\d{3}),\s*code: '([\w-]+)'/g
const family = /`((?:[a-z]+_)+error)-\$\{/g
const word = /['"`]([A-Za-z_]+)['"`]|(?<=^\s*)(?:'([\w-]+)'|(\w+)):/gm

/** Every code that the sources of the server hold, tests left out. */
export function readWrittenCodes(): Written {
  const files = globSync(places, { cwd: source }).filter((path) => !path.endsWith('.test.ts'))
  const texts = files.map((file) => ({ file, text: readFileSync(join(source, file), 'utf8') }))
  const codes = texts.flatMap(({ file, text }) => [
    ...[...text.matchAll(hyphened)].map(([, code = '']) => ({ code, status: undefined, file })),
    ...[...text.matchAll(withStatus)].map(([, status, code = '']) => ({
      code,
      status: Number(status),
      file,
    })),
  ])
  const families = texts.flatMap(({ file, text }) =>
    [...text.matchAll(family)].map(([, name = '']) => ({ family: name, file })),
  )
  const words = texts.flatMap(({ text }) =>
    [...text.matchAll(word)].map(([, quoted, named, bare]) => quoted ?? named ?? bare ?? ''),
  )
  return { codes, families, words: new Set(words) }
}
