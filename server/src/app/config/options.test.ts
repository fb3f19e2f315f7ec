import { describe, expect, it } from 'vitest'
import { programHelp, toConfigTableMarkdown, toEnvExample } from './help.ts'
import { optionRows } from './options.ts'
import { parseValue } from './parse-value.ts'

const rows = optionRows().map(([, spec]) => spec)
const place = { homeDir: '/home/ada', workingDir: '/work' }

describe('the table of settings', () => {
  it('uses no flag, environment name or file key twice', () => {
    const lists = [
      rows.flatMap(({ flag }) => flag ?? []),
      rows.flatMap(({ env }) => env),
      rows.flatMap(({ file }) => file ?? []),
    ]
    for (const list of lists) expect(new Set(list).size).toBe(list.length)
  })

  it('gives no flag to a secret', () => {
    expect(rows.filter(({ secret, flag }) => secret && flag !== null)).toEqual([])
  })

  it('has only defaults that its own parser accepts', () => {
    for (const spec of rows.filter(({ fallback }) => fallback !== null)) {
      expect(parseValue(spec, [spec.fallback ?? ''], place)).toHaveProperty('value')
    }
  })

  it('shows every flag and environment name in the help, the table and the example', () => {
    const help = programHelp()
    const table = toConfigTableMarkdown()
    const example = toEnvExample()
    for (const flag of rows.flatMap(({ flag }) => flag ?? [])) expect(help).toContain(`--${flag}`)
    for (const name of rows.flatMap(({ env }) => env)) {
      expect(help).toContain(name)
      expect(table).toContain(`\`${name}\``)
      expect(example).toContain(name)
    }
  })

  it('writes one row of five cells for each setting', () => {
    const lines = toConfigTableMarkdown().trimEnd().split('\n')
    expect(lines).toHaveLength(rows.length + 2)
    for (const line of lines) expect(line.split(/(?<!\\)\|/)).toHaveLength(7)
  })

  it('offers an example in which nothing is set', () => {
    expect(
      toEnvExample()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    ).toEqual([])
  })
})
