import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeGguf } from '../../server/test/support/gguf/encode-gguf.ts'
import { addToCache } from '../../server/test/support/gguf/model-cache.ts'
import { benchModel, tinyChatTemplate } from '../../server/test/support/gguf/tiny-model.ts'
import type { TinyModelOptions } from '../../server/test/support/gguf/tiny-model.ts'

/** A model with random weights that a bench loads. */
export interface BenchModel {
  readonly repo: string
  readonly filename: string
  /** Under which the server finds it. */
  readonly name: string
  readonly options: TinyModelOptions
}

/** About 25 million parameters with a vocabulary of 32,000: what leaves the engine little to hide. */
export const model25M: BenchModel = {
  repo: 'bench/random-25m',
  filename: 'random-25m-F16.gguf',
  name: 'bench/random-25m:F16',
  options: benchModel,
}

/** About 300 thousand parameters: a token takes so little that what is around it decides. */
export const model260K: BenchModel = {
  repo: 'bench/random-260k',
  filename: 'random-260k-F32.gguf',
  name: 'bench/random-260k:F32',
  options: {
    vocabSize: 512,
    embeddingLength: 64,
    blockCount: 5,
    headCount: 8,
    feedForwardLength: 172,
    contextLength: 2048,
    name: 'Bench 260K',
  },
}

/** Folders for a server's data and for model files; the first is there. */
export async function benchHome(folder: string): Promise<{ dataDir: string; hfHome: string }> {
  const dataDir = join(folder, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  return { dataDir, hfHome: join(folder, 'hf') }
}

/** Writes the model into a Hugging Face home and gives the path of its file. */
export async function writeBenchModel(hfHome: string, model: BenchModel): Promise<string> {
  const { repo, filename, options } = model
  const file = { repo, filename, writeOptions: options }
  return (await addToCache(join(hfHome, 'hub'), file)).path
}

/** Writes so many files that are small but say of themselves what a real one does. */
export async function writeModelList(hfHome: string, files: number): Promise<void> {
  for (let index = 0; index < files; index += 1) {
    const name = `list-${String(index).padStart(4, '0')}`
    await addToCache(join(hfHome, 'hub'), {
      repo: `bench/${name}`,
      filename: `${name}-Q4_K_M.gguf`,
      bytes: encodeGguf({ metadata: listMetadata(name), tensors: [] }),
    })
  }
}

function listMetadata(name: string) {
  return {
    'general.architecture': 'llama',
    'general.name': name,
    'llama.context_length': 8192,
    'llama.embedding_length': 4096,
    'llama.block_count': 32,
    'tokenizer.chat_template': tinyChatTemplate,
  }
}
