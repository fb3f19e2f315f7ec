import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  downloadCodes,
  errorCodes,
  errorTypes,
  gatewayCodes,
} from '@pharos/contract/bodhi/error-codes.ts'
import { describe, expect, test } from 'vitest'
import { parseTranscripts } from '../../support/transcript.ts'
import { contractTypes, ownCodes, ownFurtherCodes, shownElsewhere } from './error-catalogue.ts'
import catalogue from './contract-error-codes.json' with { type: 'json' }
import { readWrittenCodes } from './error-sources.ts'

const contract: Readonly<Record<string, number>> = { ...catalogue.later, ...catalogue.seed }
const built: Readonly<Record<string, number>> = { ...errorCodes, ...gatewayCodes, ...downloadCodes }

describe('The table of codes', () => {
  test('has the status that the contract builds, or a code of ours for a reason', () => {
    expect(Object.keys(contract).length).toBeGreaterThan(250)
    const expected = Object.keys(errorCodes).map((code) => {
      return [code, contract[code] ?? ownCodes[code]?.status] as const
    })
    expect(errorCodes).toEqual(Object.fromEntries(expected))
    const further = { ...gatewayCodes, ...downloadCodes }
    const named = Object.entries(further).filter(([code]) => contract[code] !== undefined)
    for (const [code, status] of named)
      expect(`${code} ${status}`).toBe(`${code} ${contract[code]}`)
    const nameless = Object.keys(further).filter((code) => contract[code] === undefined)
    expect(nameless.toSorted()).toEqual(Object.keys(ownFurtherCodes).toSorted())
    expect(Object.keys(ownCodes).filter((code) => contract[code] !== undefined)).toEqual([])
  })

  test('has a kind for every status of the contract', () => {
    expect(errorTypes).toMatchObject(contractTypes)
  })

  test('holds every code that the sources say, with the status that stands beside it', () => {
    const { codes, families } = readWrittenCodes()
    expect(codes.length).toBeGreaterThan(80)
    const unknown = codes.filter(({ code }) => code.includes('-') && built[code] === undefined)
    expect(unknown).toEqual([])
    const known = codes.filter(({ code }) => built[code] !== undefined)
    expect(known.filter(({ code, status = built[code] }) => status !== built[code])).toEqual([])
    const isKnown = (family: string): boolean =>
      Object.keys(built).some((code) => code.startsWith(`${family}-`))
    expect(families.filter(({ family }) => !isKnown(family))).toEqual([])
  })

  test('holds no code that nobody says', () => {
    const { codes, families, words } = readWrittenCodes()
    const isSaid = (code: string): boolean => {
      const [, family = '', variant = ''] = /^([^-]+)-(.+)$/u.exec(code) ?? []
      if (family === '') return words.has(code)
      if (codes.some((written) => written.code === code)) return true
      return families.some((written) => written.family === family) && words.has(variant)
    }
    expect(Object.keys(built).filter((code) => !isSaid(code))).toEqual([])
  })

  test('is shown to somebody, each code with its status', () => {
    const shown = new Set<string>()
    for (const { status, code } of answeredCodes()) {
      shown.add(code)
      expect(`${code} ${status}`).toBe(`${code} ${built[code]}`)
    }
    const unseen = Object.keys(errorCodes).filter((code) => !shown.has(code))
    expect(unseen.toSorted()).toEqual(Object.keys(shownElsewhere).toSorted())
  })

  test('is shown where it is said to be shown', () => {
    const cwd = join(import.meta.dirname, '..', '..', '..')
    for (const [code, where] of Object.entries(shownElsewhere)) {
      const [path] = /^\S+\.test\.ts/u.exec(where) ?? []
      if (path === undefined) continue
      const [file = `no ${path}`] = globSync(`{src,test}/**/${path}`, { cwd })
      const text = readFileSync(join(cwd, file), 'utf8')
      const variant = code.replace(/^.*-/u, '')
      expect(text.includes(variant), `${code} in ${file}`).toBe(true)
    }
  })
})

/** Of all transcripts of this surface, those of the gateway's routes among them. */
function answeredCodes() {
  const folder = new URL('./transcripts/', import.meta.url)
  const files = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const replies = files.flatMap(parseTranscripts).flatMap(({ exchanges }) => {
    return exchanges.map(({ reply }) => reply)
  })
  return replies.flatMap(({ status, body = '' }) => {
    const [, code] = /"code":"([\w-]+)"/u.exec(body) ?? []
    return status < 400 || code === undefined ? [] : [{ status, code }]
  })
}
