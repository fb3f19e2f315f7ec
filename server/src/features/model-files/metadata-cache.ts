import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import { readGgufHeader, type GgufHeader } from './gguf/read-header.ts'
import { saveMetadata, storedMetadata } from './model-file-store.ts'
import type { ModelFile } from './model-file.ts'
import { describeModelFile, type ModelMetadata } from './model-metadata.ts'
import { partPlace } from './model-parts.ts'

/** Characters of templates kept in memory. */
const mostKept = 16 * 1024 * 1024
/** What an entry takes beside its template. */
const entryLength = 500

/**
 * What files say of themselves, each read once: kept in memory, the longest unused given up first,
 * and in the database. A file of another size is read anew. Failures are not kept.
 */
export class MetadataCache {
  readonly #db: Database
  readonly #clock: Clock
  readonly #kept = new Map<string, ModelMetadata>()
  readonly #reading = new Map<string, Promise<ModelMetadata>>()
  #length = 0

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** `isFresh`: the file is read even if it was read before. */
  async read(file: ModelFile, isFresh: boolean): Promise<ModelMetadata> {
    const key = JSON.stringify([file.repo, file.filename, file.snapshot, file.sizeBytes])
    const kept = isFresh ? undefined : this.#kept.get(key)
    if (kept) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    const readingKey = `${key} ${isFresh}`
    const reading =
      this.#reading.get(readingKey) ??
      this.#find(file, isFresh)
        .then((metadata) => this.#keep(key, metadata))
        .finally(() => this.#reading.delete(readingKey))
    this.#reading.set(readingKey, reading)
    return reading
  }

  async #find(file: ModelFile, isFresh: boolean): Promise<ModelMetadata> {
    const { repo, filename, snapshot, sizeBytes } = file
    const wanted = { repo, filename, snapshot, sizeBytes }
    const stored = isFresh ? undefined : await this.#db.run(storedMetadata, wanted)
    if (stored) return stored
    const metadata = describeModelFile(await readWholeHeader(file), filename)
    await this.#db.write((tx) => saveMetadata(tx, wanted, metadata, this.#clock.nowSeconds()))
    return metadata
  }

  #keep(key: string, metadata: ModelMetadata): ModelMetadata {
    this.#drop(key)
    this.#kept.set(key, metadata)
    this.#length += lengthOf(metadata)
    for (const oldest of this.#kept.keys()) {
      if (this.#length <= mostKept) break
      this.#drop(oldest)
    }
    return metadata
  }

  #drop(key: string): void {
    const metadata = this.#kept.get(key)
    if (!metadata || !this.#kept.delete(key)) return
    this.#length -= lengthOf(metadata)
  }
}

function lengthOf({ chatTemplate }: ModelMetadata): number {
  return entryLength + (chatTemplate?.length ?? 0)
}

/** The first part holds all there is to know but how many parameters the other parts hold. */
async function readWholeHeader({ path, filename }: ModelFile): Promise<GgufHeader> {
  const header = await readGgufHeader(path)
  const place = partPlace(filename)
  let { parameterCount } = header
  for (let number = 2; number <= (place?.total ?? 1) && parameterCount !== null; number++) {
    const part = await readGgufHeader(partPath(path, number)).catch(() => null)
    const more = part?.parameterCount ?? null
    parameterCount = more === null ? null : parameterCount + more
  }
  return { ...header, parameterCount }
}

function partPath(firstPath: string, number: number): string {
  return firstPath.replace(/-00001(-of-\d{5}\.gguf)$/u, `-${String(number).padStart(5, '0')}$1`)
}
