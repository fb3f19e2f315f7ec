import { describe, expect, it } from 'vitest'
import { tinyChatTemplate } from '../../../test/support/gguf/tiny-model.ts'
import type { GgufHeader, GgufValue } from './gguf/read-header.ts'
import { describeModelFile, type ModelMetadata } from './model-metadata.ts'
import { quantizationOf } from './quantization.ts'

type Given = Readonly<Record<string, string | number | boolean | GgufValue>>

const valueOf = (value: Given[string]): GgufValue => {
  if (typeof value === 'string') return { type: 'string', value }
  if (typeof value === 'number') return { type: 'u32', value }
  return typeof value === 'boolean' ? { type: 'bool', value } : value
}

const describeFile = (given: Given, filename = 'a.gguf'): ModelMetadata => {
  const header: GgufHeader = {
    values: new Map(Object.entries(given).map(([key, value]) => [key, valueOf(value)])),
    parameterCount: 1234,
    tokens: { begin: '<s>', end: '</s>' },
  }
  return describeModelFile(header, filename)
}
const withTemplate = (template: string) =>
  describeFile({ 'tokenizer.chat_template': template }).capabilities

describe('Metadata of a model', () => {
  it('say nothing of what a file does not tell', () => {
    expect(describeFile({})).toEqual({
      capabilities: {
        vision: false,
        audio: false,
        thinking: false,
        tools: { functionCalling: false, structuredOutput: false },
      },
      context: { maxInputTokens: null, maxOutputTokens: null },
      architecture: { family: null, parameterCount: 1234, quantization: null, format: 'gguf' },
      chatTemplate: null,
      tokens: { begin: '<s>', end: '</s>' },
    })
  })

  it('give what a file tells', () => {
    const told = {
      'general.architecture': 'qwen3',
      'qwen3.context_length': { type: 'u64', value: 40_960n } as const,
      'llama.context_length': 1,
      'general.parameter_count': { type: 'i64', value: 8_000_000_000n } as const,
      'tokenizer.chat_template': '{{ messages }}',
    }
    expect(describeFile(told, 'qwen3-8b-q4_k_m.gguf')).toMatchObject({
      context: { maxInputTokens: 40_960 },
      architecture: { family: 'qwen3', parameterCount: 8_000_000_000, quantization: 'Q4_K_M' },
      chatTemplate: '{{ messages }}',
    })
  })

  it.each([
    { type: 'f32', value: 5 },
    { type: 'u8', value: 5 },
    { type: 'i32', value: -1 },
    { type: 'u64', value: 2n ** 63n },
    { type: 'string', value: '5' },
    { type: 'array' },
  ] as const)('take no context length from $type %#', (value) => {
    const metadata = describeFile({
      'general.architecture': 'llama',
      'llama.context_length': value,
    })
    expect(metadata.context.maxInputTokens).toBeNull()
  })

  it.each(['general.architecture', 'tokenizer.chat_template'])(
    'refuse a %s that is not a text',
    (key) => {
      expect(() => describeFile({ [key]: 5 })).toThrow(
        expect.objectContaining({
          code: 'invalid',
          details: {
            status: 422,
            code: 'gguf_metadata_error-type_mismatch',
            reason: 'type_mismatch',
            key,
            expected: 'string',
            actual: 'u32',
          },
        }),
      )
    },
  )

  it.each<[boolean, Given]>([
    [true, { 'general.architecture': 'qwen2vl' }],
    [true, { 'general.architecture': 'llava' }],
    [true, { 'general.architecture': 'clip', 'clip.has_vision_encoder': true }],
    [true, { 'clip.vision.patch_size': 14 }],
    [true, { 'general.architecture': 'llama', 'clip.projector_type': 'mlp' }],
    [false, { 'general.architecture': 'clip', 'clip.has_vision_encoder': false }],
    [false, { 'general.architecture': 'llama', 'clip.has_vision_encoder': true }],
    [false, { 'general.architecture': 'qwen2' }],
  ])('vision %s: %j', (vision, given) => {
    expect(describeFile(given).capabilities.vision).toBe(vision)
  })

  it.each<[boolean, Given]>([
    [true, { 'clip.has_audio_encoder': true }],
    [true, { 'clip.audio.num_mel_bins': 80 }],
    [true, { 'general.architecture': 'lfm2moe' }],
    [false, { 'clip.has_audio_encoder': false }],
    [false, { 'general.architecture': 'llama' }],
  ])('audio %s: %j', (audio, given) => {
    expect(describeFile(given).capabilities.audio).toBe(audio)
  })

  it.each<[boolean, Given]>([
    [true, { 'tokenizer.chat_template': '{{ m.reasoning_content }}' }],
    [true, { 'tokenizer.chat_template': "{{ '<think>' }}" }],
    [true, { 'general.name': 'DeepSeek-R1 Distill' }],
    [true, { 'general.name': 'QwQ 32B' }],
    [false, { 'general.name': 'Llama 3', 'tokenizer.chat_template': '{{ messages }}' }],
    [false, { 'general.name': 5 }],
  ])('thinking %s: %j', (thinking, given) => {
    expect(describeFile(given).capabilities.thinking).toBe(thinking)
  })

  it.each([
    [true, tinyChatTemplate],
    [true, '{{- tools | tojson }}'],
    [true, "{{ 'Tools: ' + (tools | tojson) }}"],
    [true, '{%- if tools is not none and x %}yes{% endif %}'],
    [true, '{% for tool in tools %}{{ tool }}{% endfor %}'],
    [true, "{% if 'tool_calls' in message %}{% endif %}"],
    [true, "{% if message['role'] == 'tool' %}{% endif %}"],
    [true, '{% elif message.role == "tool" %}'],
    [true, '[TOOL_CALLS]'],
    [true, '{{ if .Tools }}{{ range .Tools }}{{ . }}{{ end }}{{ end }}'],
    [false, "{{ 'You have no tools' }}{{ messages }}"],
    [false, "{% if role == 'tools' %}{% endif %}"],
    [false, '{{ message.tools }}'],
    [false, '{{ messages }} tools'],
    [false, '{{ tools'],
  ])('function calling %s: %s', (functionCalling, template) => {
    expect(withTemplate(template).tools.functionCalling).toBe(functionCalling)
  })

  it.each([
    [true, '{{ response_format }}'],
    [true, '<schema>'],
    [true, '{"strict":  true}'],
    [false, '{"strict": false}'],
  ])('structured output %s: %s', (structuredOutput, template) => {
    expect(withTemplate(template).tools.structuredOutput).toBe(structuredOutput)
  })

  it('are found in one walk, whatever a template is made of', () => {
    const hostile = [
      `{{ ${"'\\'".repeat(200_000)}\\ }}`,
      `{{ ${'tools.'.repeat(100_000).replaceAll('tools', 'tool')}`,
      `{% if ${'"'.repeat(200_001)} %}`,
      '{{'.repeat(200_000),
      ' '.repeat(500_000),
    ]
    for (const template of hostile) {
      expect(withTemplate(template).tools.functionCalling).toBe(false)
    }
  })
})

describe('A quantization', () => {
  it.each([
    ['model-Q4_K_M.gguf', 'Q4_K_M'],
    ['model.q2_k.gguf', 'Q2_K'],
    ['model-Q2_K_S.gguf', 'Q2_K_S'],
    ['model-UD-Q4_K_XL.gguf', 'Q4_K_XL'],
    ['model-IQ2_XXS.gguf', 'IQ2_XXS'],
    ['model-iq4_nl.gguf', 'IQ4_NL'],
    ['model-bf16.gguf', 'BF16'],
    ['model-F16.gguf', 'F16'],
    ['gpt-oss-20b-mxfp4.gguf', 'MXFP4'],
    ['Q8_0-then-F16.gguf', 'Q8_0'],
    ['model.gguf', null],
  ])('of %s is %s', (filename, quantization) => {
    expect(quantizationOf(filename)).toBe(quantization)
  })

  it('comes from the header where the name is silent', () => {
    const told = { 'general.quantization_version': 'Q9' }
    expect(describeFile(told).architecture.quantization).toBe('Q9')
    expect(describeFile(told, 'a-F16.gguf').architecture.quantization).toBe('F16')
    expect(describeFile({ 'general.quantization_version': 2 }).architecture.quantization).toBeNull()
  })
})
