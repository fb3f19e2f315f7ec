import { ggufFault } from './gguf/gguf-fault.ts'
import type { GgufHeader, GgufValue } from './gguf/read-header.ts'
import { quantizationOf } from './quantization.ts'
import { showsFunctionCalling, showsStructuredOutput, showsThinking } from './template-signs.ts'

/** What a model can do and is, as far as its file tells. Source: bodhi contract §4.10. */
export interface ModelMetadata {
  readonly capabilities: Capabilities
  readonly context: {
    readonly maxInputTokens: number | null
    /** No file tells. */
    readonly maxOutputTokens: null
  }
  readonly architecture: {
    readonly family: string | null
    readonly parameterCount: number | null
    readonly quantization: string | null
    readonly format: 'gguf'
  }
  /** In Jinja. */
  readonly chatTemplate: string | null
  /** What a template may print around a conversation. */
  readonly tokens: { readonly begin: string | null; readonly end: string | null }
}

export interface Capabilities {
  readonly vision: boolean
  readonly audio: boolean
  readonly thinking: boolean
  readonly tools: { readonly functionCalling: boolean; readonly structuredOutput: boolean }
}

const visionFamilies = new Set([
  'qwen2vl',
  'qwen3vl',
  'qwen3vlmoe',
  'chameleon',
  'cogvlm',
  'minicpm',
  'minicpm3',
  'llava',
])

const visionKeys = [
  'clip.projector_type',
  'clip.vision.projector_type',
  'clip.vision.image_size',
  'clip.vision.patch_size',
  'clip.vision.embedding_length',
]

const audioFamilies = new Set(['lfm2', 'lfm2moe'])

const audioKeys = [
  'clip.audio.num_mel_bins',
  'clip.audio.embedding_length',
  'clip.audio.block_count',
]

const thinkingNames = ['-r1', 'qwq', 'reasoning', 'deepseek-r']

type Values = GgufHeader['values']

/** Throws DomainError `invalid` when a value that matters is not of its type. */
export function describeModelFile(header: GgufHeader, filename: string): ModelMetadata {
  const { values, tokens } = header
  const family = textAt(values, 'general.architecture')
  const chatTemplate = textAt(values, 'tokenizer.chat_template')
  return {
    capabilities: capabilitiesOf(values, { family, chatTemplate }),
    context: {
      maxInputTokens: wholeAt(values, `${family}.context_length`),
      maxOutputTokens: null,
    },
    architecture: {
      family,
      parameterCount: wholeAt(values, 'general.parameter_count') ?? header.parameterCount,
      quantization: quantizationOf(filename) ?? quantizationVersion(values),
      format: 'gguf',
    },
    chatTemplate,
    tokens,
  }
}

function capabilitiesOf(
  values: Values,
  {
    family,
    chatTemplate,
  }: { readonly family: string | null; readonly chatTemplate: string | null },
): Capabilities {
  const has = (key: string): boolean => values.has(key)
  const name = values.get('general.name')
  const called = name?.type === 'string' ? name.value.toLowerCase() : ''
  const template = chatTemplate ?? ''
  return {
    vision:
      visionFamilies.has(family ?? '') ||
      (family === 'clip' && isTrue(values, 'clip.has_vision_encoder')) ||
      visionKeys.some(has),
    audio:
      isTrue(values, 'clip.has_audio_encoder') ||
      audioKeys.some(has) ||
      audioFamilies.has(family ?? ''),
    thinking: showsThinking(template) || thinkingNames.some((sign) => called.includes(sign)),
    tools: {
      functionCalling: showsFunctionCalling(template),
      structuredOutput: showsStructuredOutput(template),
    },
  }
}

function isTrue(values: Values, key: string): boolean {
  const found = values.get(key)
  return found?.type === 'bool' && found.value
}

function textAt(values: Values, key: string): string | null {
  const found = values.get(key)
  if (found === undefined) return null
  if (found.type === 'string') return found.value
  const facts = { key, expected: 'string', actual: found.type }
  throw ggufFault('type_mismatch', `The value of ${key} is not a text`, facts)
}

const wholeTypes: ReadonlySet<GgufValue['type']> = new Set(['u32', 'u64', 'i32', 'i64'])

function wholeAt(values: Values, key: string): number | null {
  const found = values.get(key)
  if (found === undefined || !('value' in found) || !wholeTypes.has(found.type)) return null
  const whole = Number(found.value)
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : null
}

function quantizationVersion(values: Values): string | null {
  const found = values.get('general.quantization_version')
  return found?.type === 'string' ? found.value : null
}
