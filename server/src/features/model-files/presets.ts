/** A model file of a hub under a name that is easy to remember. */
export interface ModelPreset {
  readonly name: string
  readonly repo: string
  readonly filename: string
  /** What the name adds to requests, as an alias does. Source: bodhi contract §4.5. */
  readonly requestParams?: Readonly<Record<string, unknown>>
  /** How the file is loaded. Source: bodhi contract §4.6. */
  readonly contextParams?: Readonly<Record<string, unknown>> | readonly string[]
}

/** What ends a turn, where models are known to run past it. */
const stops = {
  gemma: { stop: ['<start_of_turn>', '<end_of_turn>'] },
  llama2: { stop: ['[INST]', '[/INST]'] },
  llama3: { stop: ['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'] },
  mistral: { stop: ['[INST]', '[/INST]'] },
  phi3: { stop: ['<|end|>', '<|user|>', '<|assistant|>'] },
  tinyllama: { stop: ['<|system|>', '<|user|>', '<|assistant|>', '</s>'] },
}

/**
 * Names that stand for files of the public hub. They are the contract's; which file each stands for
 * is ours: a quantization of four bits, but where the name says another.
 * Source: bodhi contract §4.8.
 */
export const modelPresets: readonly ModelPreset[] = [
  {
    name: 'gemma:7b-instruct-v1.1-q8_0',
    repo: 'bartowski/gemma-1.1-7b-it-GGUF',
    filename: 'gemma-1.1-7b-it-Q8_0.gguf',
    requestParams: stops.gemma,
  },
  {
    name: 'gemma:instruct',
    repo: 'bartowski/gemma-1.1-7b-it-GGUF',
    filename: 'gemma-1.1-7b-it-Q4_K_M.gguf',
    requestParams: stops.gemma,
  },
  {
    name: 'llama2:13b-chat',
    repo: 'TheBloke/Llama-2-13B-chat-GGUF',
    filename: 'llama-2-13b-chat.Q4_K_M.gguf',
    requestParams: stops.llama2,
  },
  {
    name: 'llama2:70b-chat',
    repo: 'TheBloke/Llama-2-70B-Chat-GGUF',
    filename: 'llama-2-70b-chat.Q4_K_M.gguf',
    requestParams: stops.llama2,
  },
  {
    name: 'llama2:chat',
    repo: 'TheBloke/Llama-2-7B-Chat-GGUF',
    filename: 'llama-2-7b-chat.Q4_K_M.gguf',
    requestParams: stops.llama2,
  },
  {
    name: 'llama3:70b-instruct',
    repo: 'bartowski/Meta-Llama-3-70B-Instruct-GGUF',
    filename: 'Meta-Llama-3-70B-Instruct-Q4_K_M.gguf',
    requestParams: stops.llama3,
  },
  {
    name: 'llama3:instruct',
    repo: 'bartowski/Meta-Llama-3-8B-Instruct-GGUF',
    filename: 'Meta-Llama-3-8B-Instruct-Q4_K_M.gguf',
    requestParams: stops.llama3,
  },
  {
    name: 'mistral:instruct',
    repo: 'TheBloke/Mistral-7B-Instruct-v0.2-GGUF',
    filename: 'mistral-7b-instruct-v0.2.Q4_K_M.gguf',
    requestParams: stops.mistral,
  },
  {
    name: 'phi3:mini',
    repo: 'microsoft/Phi-3-mini-4k-instruct-gguf',
    filename: 'Phi-3-mini-4k-instruct-q4.gguf',
    requestParams: stops.phi3,
  },
  {
    name: 'tinyllama:instruct',
    repo: 'TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF',
    filename: 'tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf',
    requestParams: stops.tinyllama,
  },
]
