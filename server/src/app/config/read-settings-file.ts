import { parseDocument } from 'yaml'
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

/**
 * The text of `settings.yaml` as a layer. An empty value counts as not set.
 * @throws ConfigError for bad YAML and for a key that no setting has.
 */
export function readSettingsFile(text: string, path: string): Layer {
  const byKey = new Map(
    optionRows().flatMap(([option, spec]) => (spec.file === null ? [] : [[spec.file, option]])),
  )
  const given = new Map<OptionName, Given>()
  for (const [key, value] of parseMapping(text, path)) {
    const option = byKey.get(key)
    if (option === undefined) {
      throw new ConfigError(`${path}: unknown key "${key}"${suggestion(key, [...byKey.keys()])}`)
    }
    if (value === null || value === '') continue
    given.set(option, { name: `${path}: ${key}`, texts: toTexts(value, `${path}: ${key}`) })
  }
  return { layer: 'file', given }
}
