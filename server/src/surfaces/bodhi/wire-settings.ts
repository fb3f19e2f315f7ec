import type { SettingInfo, SettingMetadata } from '@pharos/contract/bodhi/settings.ts'
import type { EffectiveSetting, SettingSource, ValueKind } from '../../features/settings/index.ts'

const sources: Readonly<Record<SettingSource, SettingInfo['source']>> = {
  system: 'system',
  'command line': 'command_line',
  environment: 'environment',
  file: 'settings_file',
  database: 'database',
  default: 'default',
}

/** Source: bodhi contract §5.1. */
export function toSettingInfo({ spec, value, fallback, source }: EffectiveSetting): SettingInfo {
  const { key, category, kind } = spec
  return {
    key,
    current_value: value,
    default_value: fallback,
    source: sources[source],
    metadata: toMetadata(kind),
    category,
  }
}

function toMetadata(kind: ValueKind): SettingMetadata {
  switch (kind.type) {
    case 'text':
    case 'texts':
      return { type: 'string' }
    case 'number': {
      const { min, max } = kind
      return { type: 'number', min, max, range: { min, max } }
    }
    case 'boolean':
      return { type: 'boolean' }
    case 'choice':
      return { type: 'option', options: [...kind.choices] }
  }
}
