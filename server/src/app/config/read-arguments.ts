import { parseArgs } from 'node:util'
import { commandSpecs, optionsOf } from './commands.ts'
import type { Command, CommandSpec } from './commands.ts'
import { ConfigError } from './config-error.ts'
import { textOf, type Flag } from './flag.ts'
import { commandHelp, programHelp } from './help.ts'
import type { Given, Layer } from './layer.ts'
import { suggestion } from './nearest.ts'
import { optionRows, type OptionName } from './options.ts'
import { readPull, readRemoval } from './read-model-name.ts'
import { readKeyLimits, readNewKey } from './read-key-input.ts'
import { readSince } from './read-since.ts'
import { readNewUser } from './read-user-input.ts'

interface Words {
  readonly flags: readonly Flag[]
  readonly positionals: readonly string[]
}

export interface Arguments {
  readonly command: Command
  readonly layer: Layer
}

const bareFlags = ['help', 'version']

function isBooleanFlag(name: string): boolean {
  const isSetting = optionRows().some(([, spec]) => spec.flag === name && spec.kind === 'boolean')
  const own = commandSpecs.flatMap(({ flags }) => flags)
  const isOwn = own.some(({ flag, value }) => flag === name && value === undefined)
  return isSetting || isOwn || bareFlags.includes(name)
}

/** All flags of all commands, for the splitter, which must know which ones take a value. */
function flagTypes(): Record<string, { type: 'string' | 'boolean' }> {
  const settings = optionRows().flatMap(([, spec]) => (spec.flag === null ? [] : [spec.flag]))
  const own = commandSpecs.flatMap(({ flags }) => flags.map(({ flag }) => flag))
  return Object.fromEntries(
    [...settings, ...own, ...bareFlags].map((name) => [
      name,
      { type: isBooleanFlag(name) ? 'boolean' : 'string' },
    ]),
  )
}

function splitWords(argv: readonly string[]): Words {
  const options = flagTypes()
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  const flags: Flag[] = []
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { rawName, value, inlineValue } = token
    const isNext = inlineValue === false && value !== undefined && /^-(-|[a-z])/i.test(value)
    const negated = /^--no-(.+)$/.exec(rawName)?.[1]
    if (rawName === '-h') flags.push({ name: '--help', text: 'true' })
    else if (negated !== undefined && isBooleanFlag(negated)) {
      flags.push({ name: `--${negated}`, text: 'false' })
    } else if (!Object.hasOwn(options, token.name)) {
      const known = Object.keys(options).map((name) => `--${name}`)
      throw new ConfigError(`Unknown option ${rawName}${suggestion(rawName, known)}`)
    } else if (isBooleanFlag(token.name)) flags.push({ name: rawName, text: value ?? 'true' })
    else if (value === undefined || isNext) {
      throw new ConfigError(`${rawName} needs a value, for example ${rawName}=value`)
    } else flags.push({ name: rawName, text: value })
  }
  return { flags, positionals }
}

function findCommand(positionals: readonly string[]): {
  readonly spec: CommandSpec
  readonly rest: readonly string[]
} {
  const [first = 'start', second] = positionals
  for (const spec of commandSpecs) {
    const words = spec.words.split(' ')
    if (words[0] !== first || (words.length > 1 && words[1] !== second)) continue
    return { spec, rest: positionals.slice(words.length) }
  }
  const known = commandSpecs.map(({ words }) => words)
  const group = known.filter((words) => words.startsWith(`${first} `))
  if (group.length > 0) throw new ConfigError(`"${first}" needs one of: ${group.join(', ')}`)
  throw new ConfigError(`Unknown command "${first}"${suggestion(first, known)}`)
}

function readLayer(flags: readonly Flag[], spec: CommandSpec): Layer {
  const byFlag = new Map(optionsOf(spec).map(([option, row]) => [`--${row.flag}`, option]))
  const own = spec.flags.map(({ flag }) => `--${flag}`)
  const given = new Map<OptionName, Given>()
  for (const { name, text } of flags) {
    const option = byFlag.get(name)
    if (option !== undefined) {
      given.set(option, { name, texts: [...(given.get(option)?.texts ?? []), text] })
    } else if (!own.includes(name)) {
      throw new ConfigError(`${name} is no option of "${spec.words}"`)
    }
  }
  return { layer: 'command line', given }
}

function readRepriceInput(flags: readonly Flag[]): Command {
  const since = textOf(flags, '--since')
  const model = textOf(flags, '--model')
  if (model?.trim() === '') throw new ConfigError('--model needs the name of a model')
  return { name: 'reprice', since: since === undefined ? undefined : readSince(since), model }
}

function readSwitch(flags: readonly Flag[], name: string): boolean {
  const text = textOf(flags, name) ?? 'false'
  if (text !== 'true' && text !== 'false') throw new ConfigError(`${name} takes no value`)
  return text === 'true'
}

/** The words after the command's own; all that it needs are there. */
function readWords({ words, takes = [] }: CommandSpec, rest: readonly string[]): readonly string[] {
  const unexpected = rest[takes.length]
  if (unexpected !== undefined) throw new ConfigError(`"${words}" does not expect "${unexpected}"`)
  const missing = takes.find(({ isOptional }, index) => !isOptional && (rest[index] ?? '') === '')
  if (missing) throw new ConfigError(`"${words}" needs a ${missing.word}: ${missing.meaning}`)
  return rest
}

function readCommand(spec: CommandSpec, flags: readonly Flag[], rest: readonly string[]): Command {
  const [argument = '', second] = readWords(spec, rest)
  const isSet = (name: string): boolean => readSwitch(flags, name)
  switch (spec.words) {
    case 'migrate':
    case 'keys list':
    case 'users list':
    case 'schema':
      return { name: spec.words }
    case 'keys create':
      return readNewKey(flags)
    case 'keys limit':
      return readKeyLimits(flags, argument)
    case 'keys revoke':
      return { name: 'keys revoke', key: argument }
    case 'users create':
      return readNewUser(flags)
    case 'users reset':
    case 'users activate':
    case 'users deactivate':
      return { name: spec.words, email: argument }
    case 'reprice':
      return readRepriceInput(flags)
    case 'remap':
      return { name: 'remap', all: isSet('--all') }
    case 'clear':
      return { name: 'clear', isSure: isSet('--yes'), withKeys: isSet('--with-keys') }
    case 'backup':
      return { name: 'backup', file: argument }
    case 'restore':
      return { name: 'restore', file: argument, isSure: isSet('--yes') }
    case 'models list':
      return { name: 'models list', isRemote: isSet('--remote') }
    case 'models pull':
      return readPull(flags, argument, second)
    case 'models remove':
      return readRemoval(flags, argument, second)
    default:
      return { name: 'start' }
  }
}

/**
 * Splits the words after the program's name into a command and a layer of settings.
 * @throws ConfigError for an unknown command or flag and for a flag without its value.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { flags, positionals } = splitWords(argv)
  const nothing: Layer = { layer: 'command line', given: new Map() }
  if (flags.some(({ name }) => name === '--help') || positionals[0] === 'help') {
    const named = positionals.filter((word) => word !== 'help')
    const text = named.length === 0 ? programHelp() : commandHelp(findCommand(named).spec)
    return { command: { name: 'help', text }, layer: nothing }
  }
  if (flags.some(({ name }) => name === '--version')) {
    return { command: { name: 'version' }, layer: nothing }
  }
  const { spec, rest } = findCommand(positionals)
  const layer = readLayer(flags, spec)
  return { command: readCommand(spec, flags, rest), layer }
}
