import { writeFile } from 'node:fs/promises'
import { encodeGguf, type GgufTensor, type GgufValue, type TensorType } from './encode-gguf.ts'
import { drawWeights } from './draw-weights.ts'
import { makeVocabulary, type Vocabulary } from './vocabulary.ts'

export interface TinyModelOptions {
  /** Default 512. */
  readonly vocabSize?: number
  /** Default 64. */
  readonly embeddingLength?: number
  /** Default 2. */
  readonly blockCount?: number
  /** Default 4. */
  readonly headCount?: number
  /** Default 512. */
  readonly contextLength?: number
  /** Default twice the embedding length. */
  readonly feedForwardLength?: number
  /** Default one that prints messages and tools; null: the file has none. */
  readonly chatTemplate?: string | null
  readonly name?: string
  /** Default 1. The same seed gives the same bytes. */
  readonly seed?: number
  /** Default `llama`; any other is not a model that can run. */
  readonly architecture?: string
  /** Default f32. */
  readonly weights?: TensorType
  /**
   * The model says exactly these pieces, one a token, then ends its turn, whatever it was asked.
   * Pieces must differ from one another. Without it the model says random words and never ends.
   */
  readonly says?: readonly string[]
  /** More metadata, or other values for what is there. */
  readonly metadata?: Readonly<Record<string, GgufValue>>
}

/** About 25 million parameters with a vocabulary of 32,000: 50 MB. */
export const benchModel: TinyModelOptions = {
  vocabSize: 32_000,
  embeddingLength: 256,
  blockCount: 8,
  headCount: 8,
  contextLength: 2048,
  feedForwardLength: 1024,
  weights: 'f16',
  name: 'Bench 25M',
}

export const tinyChatTemplate = [
  "{%- if tools %}{{- '<|im_start|>system\\nTools:\\n' }}",
  "{%- for tool in tools %}{{- tool | tojson }}{{- '\\n' }}{%- endfor %}",
  '{{- \'Call one with <tool_call>{"name": "", "arguments": {}}</tool_call><|im_end|>\\n\' }}',
  '{%- endif %}',
  "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}",
  '{%- if message.content %}{{- message.content }}{%- endif %}',
  '{%- for call in message.tool_calls or [] %}',
  "{{- '<tool_call>' + (call.function | tojson) + '</tool_call>' }}",
  "{%- endfor %}{{- '<|im_end|>\\n' }}{%- endfor %}",
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
].join('')

/** Writes a llama model with random weights that the engine loads and runs; under 1 MB by default. */
export async function writeTinyModel(path: string, options: TinyModelOptions = {}): Promise<void> {
  await writeFile(path, encodeTinyModel(options))
}

export function encodeTinyModel(options: TinyModelOptions = {}): Buffer {
  const size = sizeOf(options)
  const says = (options.says ?? []).map((piece) => piece.replaceAll(' ', '\u2581'))
  const vocabulary = makeVocabulary(size.vocabulary, says)
  return encodeGguf({
    metadata: { ...metadataOf(options, size, vocabulary), ...options.metadata },
    tensors: tensorsOf({ options, size, vocabulary, says }),
  })
}

interface Size {
  readonly vocabulary: number
  readonly embedding: number
  readonly blocks: number
  readonly heads: number
  readonly context: number
  readonly feedForward: number
}

function sizeOf(options: TinyModelOptions): Size {
  const embedding = options.embeddingLength ?? 64
  return {
    vocabulary: options.vocabSize ?? 512,
    embedding,
    blocks: options.blockCount ?? 2,
    heads: options.headCount ?? 4,
    context: options.contextLength ?? 512,
    feedForward: options.feedForwardLength ?? embedding * 2,
  }
}

function metadataOf(
  options: TinyModelOptions,
  size: Size,
  vocabulary: Vocabulary,
): Record<string, GgufValue> {
  const architecture = options.architecture ?? 'llama'
  const template = options.chatTemplate === undefined ? tinyChatTemplate : options.chatTemplate
  return {
    'general.architecture': architecture,
    'general.name': options.name ?? 'Tiny Random',
    'general.file_type': { f32: 0, f16: 1, q8_0: 7 }[options.weights ?? 'f32'],
    [`${architecture}.context_length`]: size.context,
    [`${architecture}.embedding_length`]: size.embedding,
    [`${architecture}.block_count`]: size.blocks,
    [`${architecture}.feed_forward_length`]: size.feedForward,
    [`${architecture}.attention.head_count`]: size.heads,
    [`${architecture}.attention.head_count_kv`]: size.heads,
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { type: 'float32', value: 1e-5 },
    [`${architecture}.rope.dimension_count`]: size.embedding / size.heads,
    [`${architecture}.vocab_size`]: size.vocabulary,
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': vocabulary.tokens,
    'tokenizer.ggml.scores': vocabulary.scores,
    'tokenizer.ggml.token_type': vocabulary.types,
    'tokenizer.ggml.unknown_token_id': vocabulary.unknown,
    'tokenizer.ggml.bos_token_id': vocabulary.begin,
    'tokenizer.ggml.eos_token_id': vocabulary.end,
    'tokenizer.ggml.eot_token_id': vocabulary.turnEnd,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.ggml.add_space_prefix': false,
    ...(template === null ? {} : { 'tokenizer.chat_template': template }),
  }
}

interface Ingredients {
  readonly options: TinyModelOptions
  readonly size: Size
  readonly vocabulary: Vocabulary
  readonly says: readonly string[]
}

/**
 * The first dimension of the residual stream is the same for every token and nothing is added to
 * it, so the first column of the output matrix acts as a bias of each token.
 */
function tensorsOf({ options, size, vocabulary, says }: Ingredients): GgufTensor[] {
  const { embedding, feedForward } = size
  const isScripted = says.length > 0
  const draw = (name: string, shape: readonly number[], spread: number): Float32Array =>
    drawWeights({ name, seed: options.seed ?? 1, count: product(shape), spread })
  const matrix = (name: string, shape: readonly number[], values?: Float32Array): GgufTensor => ({
    name: `${name}.weight`,
    shape,
    type: options.weights ?? 'f32',
    values: values ?? draw(name, shape, 1.7 / Math.sqrt(shape[0] ?? 1)),
  })
  // Norms stay in 32 bits in every quantization.
  const norm = (name: string): GgufTensor => {
    const values = new Float32Array(embedding).fill(1)
    return { name: `${name}.weight`, shape: [embedding], type: 'f32', values }
  }
  /** A matrix that writes to the residual stream. */
  const writing = (name: string, shape: readonly number[]): GgufTensor => {
    const tensor = matrix(name, shape)
    tensor.values.fill(0, 0, isScripted ? undefined : shape[0])
    return tensor
  }
  const blocks = Array.from({ length: size.blocks }, (_, index) => `blk.${index}`)
  const embedded = draw('token_embd', [embedding, size.vocabulary], isScripted ? 0 : 1)
  const output = draw('output', [embedding, size.vocabulary], isScripted ? 0 : 0.5)
  setBiases({ embedded, output, embedding, vocabulary })
  setScript({ embedded, output, embedding, vocabulary, says })
  return [
    matrix('token_embd', [embedding, size.vocabulary], embedded),
    norm('output_norm'),
    matrix('output', [embedding, size.vocabulary], output),
    ...blocks.flatMap((block) => [
      norm(`${block}.attn_norm`),
      matrix(`${block}.attn_q`, [embedding, embedding]),
      matrix(`${block}.attn_k`, [embedding, embedding]),
      matrix(`${block}.attn_v`, [embedding, embedding]),
      writing(`${block}.attn_output`, [embedding, embedding]),
      norm(`${block}.ffn_norm`),
      matrix(`${block}.ffn_gate`, [embedding, feedForward]),
      matrix(`${block}.ffn_up`, [embedding, feedForward]),
      writing(`${block}.ffn_down`, [feedForward, embedding]),
    ]),
  ]
}

interface Matrices {
  readonly embedded: Float32Array
  readonly output: Float32Array
  readonly embedding: number
  readonly vocabulary: Vocabulary
}

/** Nothing but printable pieces is likely: no lone bytes, no end, no unknown token. */
function setBiases({ embedded, output, embedding, vocabulary }: Matrices): void {
  for (const [id, type] of vocabulary.types.entries()) {
    embedded[id * embedding] = 2
    output[id * embedding] = type === 1 ? 0 : -100
  }
}

/** Each piece has a dimension of its own by which the next one knows that its turn has come. */
function setScript(script: Matrices & { readonly says: readonly string[] }): void {
  const { embedded, output, embedding, vocabulary, says } = script
  if (says.length >= embedding) throw new Error(`More pieces than dimensions (${embedding})`)
  if (new Set(says).size < says.length) throw new Error('A piece stands twice')
  const ids = [...says.map((piece) => vocabulary.tokens.indexOf(piece)), vocabulary.turnEnd]
  for (const [index, id] of says.length > 0 ? ids.entries() : []) {
    const previous = ids[index - 1]
    if (previous !== undefined) embedded[previous * embedding + index] = 2
    output[id * embedding] = index === 0 ? 20 : -100
    if (index > 0) output[id * embedding + index] = 200
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1)
}
