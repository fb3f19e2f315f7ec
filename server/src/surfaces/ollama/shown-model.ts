import type { ModelDetails } from '@pharos/contract/ollama/models.ts'
import { stringify } from 'yaml'
import type { ModelMetadata } from '../../features/model-files/index.ts'
import {
  ollamaDetails,
  type FileDescription,
  type ModelDescription,
} from '../../features/models/index.ts'
import type { JsonObject } from '../../platform/json.ts'
import { rfc3339 } from './rfc3339.ts'

/** Nothing is known of a file that is elsewhere. */
export const noDetails: ModelDetails = {
  parent_model: null,
  format: '',
  family: '',
  families: null,
  parameter_size: '',
  quantization_level: '',
}

/** What `/api/show` answers: an Ollama's own words, or what is known here. */
export function shownModel(described: ModelDescription): JsonObject {
  if (described.source === 'ollama') return described.told
  const { createdAt, defaults } = described
  const shown = { license: '', modelfile: '', modified_at: rfc3339(createdAt) }
  if (described.source === 'file') {
    return {
      ...shown,
      parameters: settingLines({ ...described.options, ...defaults }),
      template: described.template ?? '',
      details: ollamaDetails(described.metadata),
      model_info: infoOf(described.metadata),
      capabilities: capabilitiesOf(described),
    }
  }
  return {
    ...shown,
    parameters: settingLines(defaults),
    template: '',
    details: noDetails,
    model_info: {},
    // What can be told to every provider; whether a model sees pictures or thinks, nobody says.
    capabilities: ['completion', 'tools'],
  }
}

function settingLines(settings: object): string {
  return Object.keys(settings).length === 0 ? '' : stringify(settings)
}

/** What a GGUF file says, by the names that it has there. */
function infoOf(metadata: ModelMetadata | null): JsonObject {
  const { family, parameterCount } = metadata?.architecture ?? {}
  const contextLength = metadata?.context.maxInputTokens ?? null
  return {
    ...(family && { 'general.architecture': family }),
    ...(parameterCount && { 'general.parameter_count': parameterCount }),
    ...(family && contextLength !== null && { [`${family}.context_length`]: contextLength }),
  }
}

/** The engine reads no pictures, whatever the model could. */
function capabilitiesOf({ metadata, template }: FileDescription): string[] {
  const { thinking, tools } = metadata?.capabilities ?? {}
  return [
    'completion',
    ...(template !== null && tools?.functionCalling ? ['tools'] : []),
    ...(thinking ? ['thinking'] : []),
  ]
}
