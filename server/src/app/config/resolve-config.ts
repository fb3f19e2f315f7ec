import { isLoopbackName } from '../../platform/http/loopback.ts'
import { ConfigError } from './config-error.ts'
import type { Layer, Source } from './layer.ts'
import { optionRows, type Config, type OptionName, type OptionSpec } from './options.ts'
import { parseValue, type Place } from './parse-value.ts'

/** The effective settings, and for each the source that decided it. */
export interface Resolved {
  readonly config: Config
  readonly sources: Readonly<Record<OptionName, Source>>
}

interface Chosen {
  readonly texts: readonly string[] | null
  readonly source: Source
}

const isGiven = (texts: readonly string[]): boolean => texts.some((text) => text.trim() !== '')

function choose(option: OptionName, spec: OptionSpec, layers: readonly Layer[]): Chosen {
  for (const { layer, given } of layers) {
    const found = given.get(option)
    if (found !== undefined && isGiven(found.texts)) {
      return { texts: found.texts, source: { layer, name: found.name } }
    }
  }
  const texts = spec.fallback === null ? null : [spec.fallback]
  return { texts, source: { layer: 'default', name: option } }
}

function absentValue(spec: OptionSpec): unknown {
  return spec.kind === 'list' ? [] : undefined
}

/**
 * Picks each setting from the strongest layer that gives it and reads its value.
 * @throws ConfigError naming the setting as its author wrote it.
 */
export function resolveConfig(layers: readonly Layer[], place: Place): Resolved {
  const values: Record<string, unknown> = {}
  const sources: Record<string, Source> = {}
  for (const [option, spec] of optionRows()) {
    const { texts, source } = choose(option, spec, layers)
    const parsed = texts === null ? { value: absentValue(spec) } : parseValue(spec, texts, place)
    if ('problem' in parsed) throw new ConfigError(`${source.name} ${parsed.problem}`)
    values[option] = parsed.value
    sources[option] = source
  }
  return toResolved(values, sources)
}

/** The cast holds because the loop above filled every row of the table by that row's own kind. */
function toResolved(values: object, sources: object): Resolved {
  return { config: values, sources } as Resolved
}

/**
 * What only the whole picture shows: a server that other machines reach must ask for keys.
 * @throws ConfigError when it does not, unless `insecure` says so.
 */
export function refuseOpenToOthers(config: Config): void {
  const reachable = config.host.find((host) => !isLoopbackName(host))
  if (reachable === undefined || config.auth === 'required' || config.insecure) return
  throw new ConfigError(
    `Host "${reachable}" can be reached from other machines: give --auth required, or --auth open --insecure to let everybody in`,
  )
}

/** The addresses to listen on: `localhost` stands for both loopback addresses. */
export function toListenAddresses(hosts: readonly string[]): readonly string[] {
  return [
    ...new Set(hosts.flatMap((host) => (host === 'localhost' ? ['127.0.0.1', '::1'] : [host]))),
  ]
}
