import { parseDocument } from 'yaml'
import { isGivenByKey, type NamedSetting } from '../../features/settings/index.ts'
import { ConfigError } from './config-error.ts'
import type { Given, Layer } from './layer.ts'
import { suggestion } from './nearest.ts'
import { optionRows, type OptionName } from './options.ts'

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

function toTexts(value: unknown, where: string): readonly string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  if (!values.every(isScalar)) throw new ConfigError(`${where} must be a value or a list of values`)
  return values.map(String)
}

function parseMapping(text: string, path: string): readonly (readonly [string, unknown])[] {
  const document = parseDocument(text)
  const problem = document.errors[0]
  if (problem !== undefined) {
    throw new ConfigError(`${path}: ${problem.message.split('\n', 1)[0] ?? 'is not valid YAML'}`)
  }
  const content: unknown = document.toJS()
  if (content === null || content === undefined) return []
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new ConfigError(`${path} must hold lines of the form "key: value"`)
  }
  return Object.entries(content)
}

/** Bodhi's file has the names of the environment. Source: bodhi contract §5.4. */
const isBodhiName = (name: string): boolean => name.startsWith('BODHI_') || name === 'HF_HOME'

/** The keys of each option: its own, and the one that Bodhi has for it. */
function optionKeys(): ReadonlyMap<string, OptionName> {
  const keys = optionRows().flatMap(([option, { file, env }]) =>
    file === null ? [] : [file, ...env.filter(isBodhiName)].map((key) => [key, option] as const),
  )
  return new Map(keys)
}

/**
 * The text of `settings.yaml` as a layer. An empty value counts as not set; an option's own key beats
 * Bodhi's name for it. What only Bodhi has is left out with a warning, so that its files can be kept.
 * @throws ConfigError for bad YAML and for a key that no setting has.
 */
export function readSettingsFile(text: string, path: string): Layer {
  const byKey = optionKeys()
  const given = new Map<OptionName, Given>()
  const named: NamedSetting[] = []
  const warnings: string[] = []
  for (const [key, value] of parseMapping(text, path)) {
    const option = byKey.get(key)
    if (option === undefined && isGivenByKey(key)) {
      if (value !== null) named.push({ key, source: 'file', given: value })
    } else if (option !== undefined) {
      const isBeaten = isBodhiName(key) && given.has(option)
      if (value === null || value === '' || isBeaten) continue
      given.set(option, { name: `${path}: ${key}`, texts: toTexts(value, `${path}: ${key}`) })
    } else if (isBodhiName(key)) {
      warnings.push(`${path}: ${key} means nothing here: it is left out`)
    } else {
      throw new ConfigError(`${path}: unknown key "${key}"${suggestion(key, [...byKey.keys()])}`)
    }
  }
  return { layer: 'file', given, named, warnings }
}
