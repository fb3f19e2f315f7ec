import type { JsonObject } from '../../platform/json.ts'
import type { ModelMetadata } from '../model-files/index.ts'

const units = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
] as const

/** What a file is, in the words of an Ollama; texts are empty where nothing is known. */
export function ollamaDetails(metadata: ModelMetadata | null) {
  const { family, parameterCount, quantization } = metadata?.architecture ?? {}
  return {
    parent_model: '',
    format: 'gguf',
    family: family ?? '',
    families: family ? [family] : null,
    parameter_size: parameterCount ? sizeWord(parameterCount) : '',
    quantization_level: quantization ?? '',
  } satisfies JsonObject
}

/** As an Ollama rounds it: `8.0B`, `260.0K`. */
function sizeWord(count: number): string {
  const unit = units.find(([size]) => count >= size)
  return unit ? `${(count / unit[0]).toFixed(1)}${unit[1]}` : String(count)
}
