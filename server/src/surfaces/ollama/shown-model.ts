import type { ModelDetails } from '@pharos/contract/ollama/models.ts'
import { stringify } from 'yaml'
import type { ModelDescription } from '../../features/models/index.ts'
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
  return {
    license: '',
    modelfile: '',
    parameters: Object.keys(defaults).length === 0 ? '' : stringify(defaults),
    template: '',
    details: noDetails,
    model_info: {},
    // What can be told to every provider; whether a model sees pictures or thinks, nobody says.
    capabilities: ['completion', 'tools'],
    modified_at: rfc3339(createdAt),
  }
}
