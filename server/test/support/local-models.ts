import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TinyModelOptions } from './gguf/tiny-model.ts'
import { addToCache, type CachedFile } from './gguf/model-cache.ts'

/** A folder of model files for a suite, as Hugging Face's tools would leave it. */
export interface LocalModels extends AsyncDisposable {
  /** The folder's parent is the Hugging Face home. */
  readonly hubDir: string
  readonly home: string
}

/** What stands in a file: a small model that is made, or any bytes. */
export type LocalModelContent = TinyModelOptions | Uint8Array

/** The file of a model as an alias names it. */
export function localFile(name: string): Pick<CachedFile, 'repo' | 'filename'> {
  return { repo: `tiny/${name}`, filename: `${name}.F32.gguf` }
}

/** The name by which a model is found without an alias. */
export function localName(name: string): string {
  return `tiny/${name}:F32`
}

/** Puts models on disk; each is found as `localName` says. */
export async function writeLocalModels(
  models: Readonly<Record<string, LocalModelContent>>,
): Promise<LocalModels> {
  const home = await mkdtemp(join(tmpdir(), 'pharos-models-'))
  const hubDir = join(home, 'hub')
  for (const [name, content] of Object.entries(models)) {
    const what = content instanceof Uint8Array ? { bytes: content } : { writeOptions: content }
    await addToCache(hubDir, { ...localFile(name), ...what })
  }
  return {
    home,
    hubDir,
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}

/** Says one short sentence and ends. */
export const greeter: TinyModelOptions = { says: ['Hello', ' there', '!'] }

/** Says random words and goes on until it is stopped: some hundred tokens a second. */
export const endless: TinyModelOptions = {
  vocabSize: 16_000,
  embeddingLength: 256,
  blockCount: 6,
  contextLength: 4096,
  weights: 'f16',
}
