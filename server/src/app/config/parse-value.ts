import { isIP } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import { parseMasterKey } from '../../platform/secrets/master-key.ts'
import type { OptionKind, OptionSpec } from './options.ts'

/** What texts mean depends on where the process runs: the home folder and the working folder. */
export interface Place {
  readonly homeDir: string
  readonly workingDir: string
}

export type Parsed = { readonly value: unknown } | { readonly problem: string }

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

const yes = ['true', 'yes', 'on', '1']
const no = ['false', 'no', 'off', '0']

/** Replaces a leading `~` by the home folder and makes the path absolute. */
function expandPath(text: string, place: Place): string {
  const expanded = text === '~' || text.startsWith('~/') ? join(place.homeDir, text.slice(1)) : text
  return isAbsolute(expanded) ? expanded : resolve(place.workingDir, expanded)
}

function parseHost(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const isName = bare.length <= 253 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(bare)
  const isBrokenAddress = /^[0-9.]+$/.test(bare) && isIP(bare) === 0
  return isIP(bare) !== 0 || (isName && !isBrokenAddress) ? bare : undefined
}

function parseOrigin(text: string): string | undefined {
  const url = URL.parse(text)
  const isOrigin = url !== null && url.href === `${url.origin}/`
  return isOrigin && /^https?:$/.test(url.protocol) ? url.origin : undefined
}

function parseNetwork(text: string): string | undefined {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return text
  const [address = '', prefix = '0', ...rest] = text.split('/')
  const family = isIP(address)
  const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32)
  return family !== 0 && isPrefix && rest.length === 0 ? text : undefined
}

const items = {
  host: { parse: parseHost, noun: 'an address or a host name' },
  origin: { parse: parseOrigin, noun: 'a web origin such as https://example.org' },
  network: { parse: parseNetwork, noun: 'an address, a subnet or "loopback"' },
}

function parseList(
  texts: readonly string[],
  item: keyof typeof items,
): { readonly value: readonly string[] } | { readonly problem: string } {
  const { parse, noun } = items[item]
  const values: string[] = []
  for (const text of texts.flatMap((part) => part.split(','))) {
    if (text.trim() === '') continue
    const value = parse(text.trim())
    if (value === undefined) return { problem: `must be ${noun}, not "${text.trim()}"` }
    if (!values.includes(value)) values.push(value)
  }
  return { value: values }
}

function parseNumber(text: string, kind: OptionKind & { kind: 'integer' | 'number' }): Parsed {
  const number = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (kind.kind === 'integer') {
    const isInside = Number.isSafeInteger(number) && number >= kind.min && number <= kind.max
    const bounds = `a whole number from ${kind.min} to ${kind.max}`
    return isInside ? { value: number } : { problem: `must be ${bounds}, not "${text}"` }
  }
  const isInside = number > kind.moreThan && number <= kind.max
  const bounds = `a number above ${kind.moreThan} and up to ${kind.max}`
  return isInside ? { value: number } : { problem: `must be ${bounds}, not "${text}"` }
}

function parseBytes(text: string): Parsed {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? []
  const bytes = Math.floor(Number(digits) * (unitBytes[unit.toLowerCase()] ?? Number.NaN))
  if (digits !== '' && Number.isSafeInteger(bytes) && bytes >= 1) return { value: bytes }
  return { problem: `must be a size such as 500MB or 20GiB, not "${text}"` }
}

function parseChoice(text: string, kind: OptionKind & { kind: 'choice' }): Parsed {
  const word = text.toLowerCase()
  const value = kind.synonyms?.[word] ?? word
  if (kind.choices.includes(value)) return { value }
  return { problem: `must be one of ${kind.choices.join(', ')}, not "${text}"` }
}

function parseBoolean(text: string): Parsed {
  const isYes = yes.includes(text.toLowerCase())
  const isNo = no.includes(text.toLowerCase())
  return isYes || isNo ? { value: isYes } : { problem: `must be true or false, not "${text}"` }
}

function parsePostgresUrl(text: string): Parsed {
  const url = URL.parse(text)
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol)) return { value: text }
  return { problem: 'must look like postgres://user:password@host/database' }
}

/** A base URL: paths are added to it, so it ends without a slash and holds nothing after the path. */
function parseHttpUrl(text: string): Parsed {
  const url = URL.parse(text)
  const isBase = url !== null && /^https?:$/.test(url.protocol) && url.search + url.hash === ''
  if (isBase && url.username + url.password === '') return { value: url.href.replace(/\/+$/, '') }
  return { problem: 'must be a web address such as https://example.org/v1' }
}

function parseKey(text: string): Parsed {
  const isKey = parseMasterKey(text) !== undefined
  return isKey ? { value: text } : { problem: 'must be base64 of 32 bytes' }
}

function parseText(text: string, minBytes: number): Parsed {
  const isLong = Buffer.byteLength(text) >= minBytes
  return isLong ? { value: text } : { problem: `must have ${minBytes} bytes or more` }
}

/**
 * Reads the texts of one setting. Gives the typed value, or the problem as the end of a sentence
 * that starts with the setting's name. A secret's text never appears in a problem.
 */
export function parseValue(spec: OptionSpec, texts: readonly string[], place: Place): Parsed {
  if (spec.kind === 'list') {
    const list = parseList(texts, spec.item)
    const isMissing = 'value' in list && list.value.length === 0 && spec.fallback !== null
    return isMissing ? { problem: 'must name at least one' } : list
  }
  const text = texts.at(-1)?.trim() ?? ''
  if (spec.optional === true && text.toLowerCase() === 'off') return { value: undefined }
  switch (spec.kind) {
    case 'integer':
    case 'number':
      return parseNumber(text, spec)
    case 'bytes':
      return parseBytes(text)
    case 'choice':
      return parseChoice(text, spec)
    case 'boolean':
      return parseBoolean(text)
    case 'path':
      return { value: expandPath(text, place) }
    case 'postgres-url':
      return parsePostgresUrl(text)
    case 'http-url':
      return parseHttpUrl(text)
    case 'master-key':
      return parseKey(text)
    case 'text':
      return parseText(text, spec.minBytes ?? 0)
  }
}
