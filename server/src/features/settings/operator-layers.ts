import type { NamedSetting, OperatorSettings } from './operator-settings.ts'
import type { LayerValues } from './setting-source.ts'
import { isGivenByKey, specOf } from './setting-specs.ts'
import { readValue } from './value-kind.ts'

/**
 * What the environment and the file say under the settings' own keys, by key. A value that does not
 * fit is left out with a warning, so that a weaker source decides: the server's own options stop the
 * start instead, since whoever started it wrote them for it. Source: bodhi contract §5.4.
 */
export function readOperatorLayers(
  { named }: OperatorSettings,
  onWarning: (message: string) => void,
): ReadonlyMap<string, LayerValues> {
  const layers = new Map<string, LayerValues>()
  for (const { key, source, given } of named) {
    const read = readNamed({ key, given })
    if (read === undefined) continue
    if ('value' in read) layers.set(key, { ...layers.get(key), [source]: read.value })
    else onWarning(`${key} in the ${source} ${read.problem}: it is left out`)
  }
  return layers
}

function readNamed({ key, given }: Pick<NamedSetting, 'key' | 'given'>) {
  const spec = isGivenByKey(key) ? specOf(key) : undefined
  return spec && readValue(spec.kind, given)
}
