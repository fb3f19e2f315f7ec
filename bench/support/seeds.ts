import { databaseFile } from './stored.ts'
import type { Scale } from './bench.ts'
import { rounded } from './percentile.ts'
import { SampleText } from './sample-text.ts'
import { seedDatabase, type SeedShape } from './seed.ts'
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

const seedOfText = 7

/**
 * Data folders that several benches read. A bench may start servers on them, one after the other,
 * but adds no spans.
 */
export class Seeds implements AsyncDisposable {
  readonly #scale: Scale
  readonly #say: (text: string) => void
  readonly #folders = new Map<string, Promise<TemporaryFolder>>()

  constructor(scale: Scale, say: (text: string) => void) {
    this.#scale = scale
    this.#say = say
  }

  /** 1,000,000 spans in 50,000 traces, with small payloads. */
  async manySpans(): Promise<{ dataDir: string; shape: SeedShape }> {
    const traces = this.#scale === 'full' ? 50_000 : 500
    return this.#seeded('many', { traces, spansPerTrace: 20, attributesBytes: 400 })
  }

  /** 200,000 spans of 2 KB, the text of a search. */
  async muchText(): Promise<{ dataDir: string; shape: SeedShape }> {
    const traces = this.#scale === 'full' ? 10_000 : 200
    return this.#seeded('text', { traces, spansPerTrace: 20, attributesBytes: 2048 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folders = await Promise.allSettled(this.#folders.values())
    for (const folder of folders) {
      if (folder.status === 'fulfilled') await folder.value[Symbol.asyncDispose]()
    }
  }

  async #seeded(name: string, shape: SeedShape): Promise<{ dataDir: string; shape: SeedShape }> {
    let folder = this.#folders.get(name)
    if (!folder) {
      folder = this.#make(shape)
      this.#folders.set(name, folder)
    }
    return { dataDir: (await folder).path, shape }
  }

  async #make(shape: SeedShape): Promise<TemporaryFolder> {
    const startedMs = performance.now()
    const folder = await temporaryFolder()
    await seedDatabase(databaseFile(folder.path), shape, SampleText.load(seedOfText))
    const seconds = rounded((performance.now() - startedMs) / 1000)
    this.#say(`seeded ${shape.traces * shape.spansPerTrace} spans in ${seconds} s`)
    return folder
  }
}
