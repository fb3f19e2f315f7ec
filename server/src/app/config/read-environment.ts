import { isGivenByKey } from '../../features/settings/index.ts'
import { ConfigError } from './config-error.ts'
import type { Given, Layer } from './layer.ts'
import { suggestion } from './nearest.ts'
import { optionRows, type OptionName } from './options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== ''

/** Adds the names of a `.env` file that the environment does not set; an empty one is not set. */
export function mergeEnvironment(dotenv: Environment, environment: Environment): Environment {
  const set = Object.entries(environment).filter(([, text]) => isSet(text))
  return { ...dotenv, ...Object.fromEntries(set) }
}

/**
 * `RUST_LOG` holds directives such as `info,crate=debug`. Only a bare level concerns us; a value
 * that speaks of other programs alone counts as unset.
 */
function readRustLog(text: string): string | undefined {
  return text
    .split(',')
    .find((directive) => !directive.includes('=') && /^[a-z]+$/i.test(directive))
}

function refuseUnknownNames(environment: Environment, known: readonly string[]): void {
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('PHAROS_') || known.includes(name) || !isSet(text)) continue
    const ours = known.filter((candidate) => candidate.startsWith('PHAROS_'))
    throw new ConfigError(`Unknown environment variable ${name}${suggestion(name, ours)}`)
  }
}

/**
 * The environment as a layer: the first set name of each setting counts, our own before aliases.
 * Names such as `MODEL_DEFAULT_TEMPERATURE` and `FEATURE_X` are settings too, but no options.
 * @throws ConfigError for a `PHAROS_` name that no setting has, since it is most likely a typo.
 */
export function readEnvironment(environment: Environment): Layer {
  const rows = optionRows()
  refuseUnknownNames(
    environment,
    rows.flatMap(([, spec]) => spec.env),
  )
  const given = new Map<OptionName, Given>()
  for (const [option, spec] of rows) {
    for (const name of spec.env) {
      const text = environment[name]
      const meant = name === 'RUST_LOG' && isSet(text) ? readRustLog(text) : text
      if (!isSet(meant)) continue
      given.set(option, { name, texts: [meant] })
      break
    }
  }
  const named = Object.entries(environment).flatMap(([key, text]) =>
    isSet(text) && isGivenByKey(key) ? [{ key, source: 'environment' as const, given: text }] : [],
  )
  return { layer: 'environment', given, named }
}
