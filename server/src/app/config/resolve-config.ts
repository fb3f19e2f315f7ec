import {
  settingSources,
  type OperatorSettings,
  type ResolvedOption,
} from '../../features/settings/index.ts'
import { isLoopbackName } from '../../platform/http/loopback.ts'
import { ConfigError } from './config-error.ts'
import type { Layer, Source } from './layer.ts'
import { optionRows, type Config, type OptionName, type OptionSpec } from './options.ts'
import { parseValue, type Place } from './parse-value.ts'

/** The effective settings, and for each the source that decided it. */
export interface Resolved {
  readonly config: Config
  readonly sources: Readonly<Record<OptionName, Source>>
  /** The same as data for who must not know the options; no secret is among it. */
  readonly operator: OperatorChoices
  /** What was left out of the sources and why. */
  readonly warnings: readonly string[]
}

export type OperatorChoices = Pick<OperatorSettings, 'options' | 'named'>

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

/** What a weaker source than any layer says: the default. */
function fallbackOf(spec: OptionSpec, place: Place): unknown {
  if (spec.fallback === null) return absentValue(spec)
  const parsed = parseValue(spec, [spec.fallback], place)
  return 'value' in parsed ? parsed.value : undefined
}

/**
 * Picks each setting from the strongest layer that gives it, in whatever order they come, and reads
 * its value.
 * @throws ConfigError naming the setting as its author wrote it.
 */
export function resolveConfig(layers: readonly Layer[], place: Place): Resolved {
  const values: Record<string, unknown> = {}
  const sources: Record<string, Source> = {}
  const shown: Record<string, ResolvedOption> = {}
  const rankOf = ({ layer }: Layer): number => settingSources.indexOf(layer)
  const ranked = layers.toSorted((one, two) => rankOf(one) - rankOf(two))
  for (const [option, spec] of optionRows()) {
    const { texts, source } = choose(option, spec, ranked)
    const parsed = texts === null ? { value: absentValue(spec) } : parseValue(spec, texts, place)
    if ('problem' in parsed) throw new ConfigError(`${source.name} ${parsed.problem}`)
    const { value } = parsed
    values[option] = value
    sources[option] = source
    if (spec.secret === true) continue
    shown[option] = { source: source.layer, value, fallback: fallbackOf(spec, place) }
  }
  const named = ranked.flatMap((layer) => layer.named ?? [])
  const warnings = ranked.flatMap((layer) => layer.warnings ?? [])
  return { ...toResolved(values, sources), operator: { options: shown, named }, warnings }
}

/** The cast holds because the loop above filled every row of the table by that row's own kind. */
function toResolved(values: object, sources: object): Pick<Resolved, 'config' | 'sources'> {
  return { config: values, sources } as Pick<Resolved, 'config' | 'sources'>
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
