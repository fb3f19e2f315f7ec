import { beaconProviderOf } from '../pricing/index.ts'

/** Where a model is run: the connection's name, and the model as that provider names it. */
export interface ModelPlace {
  readonly provider: string
  readonly model: string
}

const prefixes = [
  ['gpt', 'openai'],
  ['o1', 'openai'],
  ['o3', 'openai'],
  ['o4', 'openai'],
  ['claude', 'anthropic'],
  ['gemini', 'google'],
] as const

/**
 * The place of a model by its name alone: Beacon's exact table, then well-known prefixes, then
 * `connection/model`; undefined when nothing of these fits. Whether the connection exists is not
 * looked at. Source: beacon contract §10.4, rulings §4.
 */
export function providerOfModel(model: string): ModelPlace | undefined {
  const listed = beaconProviderOf(model)
  if (listed !== undefined) return { provider: listed, model }
  const known = prefixes.find(([prefix]) => model.startsWith(prefix))
  if (known) return { provider: known[1], model }
  const slash = model.indexOf('/')
  if (slash < 1 || slash === model.length - 1) return undefined
  return { provider: model.slice(0, slash), model: model.slice(slash + 1) }
}
