import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dialects } from './map-span.ts'
import { keysOf } from '../../../../../test/support/dialect-keys.ts'

test.each(dialects)('the words of $name that name an operation make it known', (dialect) => {
  expect(dialect.operations.length).toBeGreaterThan(0)
  for (const { key } of dialect.operations) {
    expect(dialect.prefixes.some((prefix) => key.startsWith(prefix))).toBe(true)
  }
})

test.each(dialects)(
  'the page for users names every attribute that $name is read from',
  async (dialect) => {
    const page = await readFile(
      new URL('../../../../../../docs/otlp-mapping.md', import.meta.url),
      'utf8',
    )
    const keys = keysOf(dialect).map((key) => key.replace(/\.N\..*$/, '.N.…'))
    expect(keys.length).toBeGreaterThan(5)
    expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([])
    const words = dialect.operations.flatMap(({ operations }) => Object.keys(operations))
    expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([])
  },
)
