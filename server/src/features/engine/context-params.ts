import { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import type { LoadOptions } from './load-plan.ts'

/** The member that is set, and to what; undefined leaves it to the engine. */
type Setting = { readonly [K in keyof LoadOptions]?: LoadOptions[K] | undefined }

interface Flag {
  /** `none` takes no value, `optional` may stand alone, `text` takes the rest of the line. */
  readonly takes: 'none' | 'optional' | 'one' | 'text'
  /** Undefined where the value is not valid. */
  readonly read: (value: string) => Setting | undefined
}

/** A whole number within bounds; `automatic` are the numbers that leave it to the engine. */
function count(
  name: keyof LoadOptions | null,
  least: number,
  most: number,
  automatic: readonly number[] = [],
): Flag {
  const read = (value: string): Setting | undefined => {
    if (!/^-?\d{1,12}$/u.test(value)) return undefined
    const number = Number(value)
    const isAutomatic = automatic.includes(number)
    if (!isAutomatic && (number < least || number > most)) return undefined
    return name === null ? {} : { [name]: isAutomatic ? undefined : number }
  }
  return { takes: 'one', read }
}

function fixed(setting: Setting): Flag {
  return { takes: 'none', read: () => setting }
}

const contextSize = count('contextSize', 1, 10_000_000, [0])
const threads = count('threads', 1, 1024, [-1, 0])
const parallel = count('parallel', 1, 256, [-1])
const seed = count('seed', 0, 2 ** 32 - 1, [-1])
const maxTokens = count('maxTokens', 1, 10_000_000, [-1, -2])
const batchSize = count('batchSize', 1, 65_536)
/** What to keep when old text is dropped; nothing ever is. */
const keep = count(null, -1, 10_000_000)
const nothing = fixed({})

const flashAttention: Flag = {
  takes: 'optional',
  read: (value) => flashSettings.get(value.toLowerCase()),
}

const flashSettings: ReadonlyMap<string, Setting> = new Map([
  ['', { flashAttention: true }],
  ['on', { flashAttention: true }],
  ['off', { flashAttention: false }],
  ['auto', { flashAttention: undefined }],
])

/** Jinja itself, since the names of llama.cpp's own templates mean nothing here. */
const chatTemplate: Flag = {
  takes: 'text',
  read: (value) => (/\{[{%]/u.test(value) ? { chatTemplate: value } : undefined),
}

const members: ReadonlyMap<string, Flag> = new Map([
  ['n_seed', seed],
  ['n_threads', threads],
  ['n_ctx', contextSize],
  ['n_parallel', parallel],
  ['n_predict', maxTokens],
  ['n_keep', keep],
])

/** Of llama.cpp's server those that mean something here, and those that change nothing. */
const flags: ReadonlyMap<string, Flag> = new Map([
  ...named(contextSize, '--ctx-size', '-c'),
  ...named(threads, '--threads', '-t'),
  ...named(parallel, '--parallel', '-np'),
  ...named(seed, '--seed', '-s'),
  ...named(maxTokens, '--n-predict', '--predict', '-n'),
  ...named(keep, '--keep'),
  ...named(batchSize, '--batch-size', '-b'),
  ...named(flashAttention, '--flash-attn', '-fa'),
  ...named(fixed({ keepInMemory: true }), '--mlock'),
  ...named(fixed({ mapsFile: false }), '--no-mmap'),
  ...named(fixed({ mapsFile: true }), '--mmap'),
  ...named(chatTemplate, '--chat-template'),
  ...named(nothing, '--jinja', '--no-webui', '--embeddings', '--embedding', '--verbose', '-v'),
])

function named(flag: Flag, ...names: readonly string[]): readonly (readonly [string, Flag])[] {
  return names.map((name) => [name, flag])
}

/**
 * How an alias wants its model loaded (bodhi contract §4.6, rulings §6): an object of counts, or
 * lines of llama.cpp's flags, of which a later one wins. Absent and null say nothing.
 * @throws DomainError `invalid`, its `details.param` naming the flag, for what is not on the list.
 */
export function readContextParams(params: unknown): LoadOptions {
  if (params === null || params === undefined) return {}
  if (Array.isArray(params)) return withoutUndefined(readLines(params))
  if (isJsonObject(params)) return withoutUndefined(readMembers(params))
  throw refused('context_params', 'must be an object or a list of flags')
}

function readMembers(params: JsonObject): Setting {
  let settings: Setting = {}
  for (const [name, value] of Object.entries(params)) {
    const flag = members.get(name)
    if (!flag) throw refused(name, 'is no known context parameter')
    if (value === null || value === undefined) continue
    const isWhole = typeof value === 'number' && Number.isInteger(value)
    const setting = isWhole ? flag.read(String(value)) : undefined
    if (!setting) throw refused(name, 'is out of range')
    settings = { ...settings, ...setting }
  }
  return settings
}

function readLines(lines: readonly unknown[]): Setting {
  let settings: Setting = {}
  const rest = lines.map((line) => {
    if (typeof line === 'string') return line.trim()
    throw refused('context_params', 'must be a list of texts')
  })
  while (rest.length > 0) settings = { ...settings, ...readNext(rest) }
  return settings
}

/** Takes one flag and its value off the lines. */
function readNext(lines: string[]): Setting {
  const line = lines.shift() ?? ''
  if (line === '') return {}
  const [, name = '', glue = '', after = ''] = /^([^\s=]+)(\s*=\s*|\s*)(.*)$/su.exec(line) ?? []
  const flag = flags.get(name)
  if (!flag) throw refused(name, 'is not supported')
  const value = valueOf(flag, { after, isGlued: glue.includes('='), lines })
  const setting = flag.read(value)
  if (!setting) throw refused(name, value === '' ? 'needs a value' : 'has a value out of range')
  return setting
}

interface Following {
  readonly after: string
  readonly isGlued: boolean
  /** Those after this one; what is left of this one goes back in front. */
  readonly lines: string[]
}

function valueOf(flag: Flag, { after, isGlued, lines }: Following): string {
  if (flag.takes === 'none') {
    lines.unshift(after)
    return ''
  }
  const text = after === '' ? (lines[0] ?? '') : after
  const word = flag.takes === 'text' ? text : (/^\S*/u.exec(text)?.[0] ?? '')
  if (opensFlag(word) && !isGlued) {
    if (after !== '') lines.unshift(after)
    return ''
  }
  if (after === '') lines.shift()
  lines.unshift(text.slice(word.length).trim())
  return word
}

function opensFlag(word: string): boolean {
  return word.startsWith('-') && !/^-\d/u.test(word)
}

function refused(name: string, why: string): DomainError {
  return new DomainError('invalid', `${name} ${why}`, { details: { param: name } })
}
