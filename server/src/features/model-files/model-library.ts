import { resolve } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import { isFilename, isRepo, isRevision } from '../../platform/hub-names.ts'
import { discoveredNames } from './discovered-names.ts'
import { MetadataCache } from './metadata-cache.ts'
import type { ModelFile, ModelFileRef } from './model-file.ts'
import type { ModelMetadata } from './model-metadata.ts'
import { readRef, scanLibrary, type ScannedFolders } from './scan-library.ts'

export interface ModelLibraryOptions {
  /** The folder `hub` of a Hugging Face cache; it need not exist. */
  readonly hubDir: string
  readonly db: Database
  readonly clock: Clock
  readonly log: { warn(details: object, message: string): void }
}

interface Listing {
  readonly files: readonly ModelFile[]
  readonly discovered: ReadonlyMap<string, ModelFile>
  /** By `Clock.elapsedMs`. */
  readonly atMs: number
}

/** How long a listing counts as true without another look. */
const freshMs = 5_000
/** How old a listing may be to say that a file is not there. */
const certainMs = 500

/**
 * The model files on this machine. What is on disk is looked at anew after 5 seconds at most; then
 * only folders that changed are read. Who writes files says so with `forget`, so that its next
 * question is answered by the disk. A file whose blob is gone is listed without a size and cannot
 * be found or discovered.
 */
export class ModelLibrary implements AsyncDisposable {
  readonly #options: ModelLibraryOptions
  readonly #metadata: MetadataCache
  #folders: ScannedFolders = new Map()
  #listing: Listing | undefined
  #scanning: Promise<Listing> | undefined
  #isComplained = false
  #refreshing: Promise<void> | undefined
  #isClosed = false
  readonly #unfinished = new Set<Promise<unknown>>()

  constructor(options: ModelLibraryOptions) {
    this.#options = { ...options, hubDir: resolve(options.hubDir) }
    this.#metadata = new MetadataCache(options.db, options.clock)
  }

  get hubDir(): string {
    return this.#options.hubDir
  }

  /** Of models in several files the first; in the order of repository, filename and snapshot. */
  async files(): Promise<readonly ModelFile[]> {
    return (await this.#look(freshMs)).files
  }

  /**
   * One file that can be read: `snapshot` is a branch or tag if there is one of that name, else a
   * commit. Source: bodhi contract §4.1.
   */
  async find(ref: ModelFileRef): Promise<ModelFile | undefined> {
    const file = await this.findListed(ref)
    return file?.sizeBytes === null ? undefined : file
  }

  /** As `find`, and also a file that is listed but cannot be read. */
  async findListed({ repo, filename, snapshot }: ModelFileRef): Promise<ModelFile | undefined> {
    const revision = snapshot ?? 'main'
    if (!isRepo(repo) || !isFilename(filename) || !isRevision(revision)) return undefined
    const commit = (await readRef(this.hubDir, repo, revision)) ?? revision
    const isIt = (file: ModelFile): boolean =>
      file.repo === repo && file.filename === filename && file.snapshot === commit
    const found = (await this.#look(freshMs)).files.find(isIt)
    return found ?? (await this.#look(certainMs)).files.find(isIt)
  }

  /** Files by the names that they have without an alias: `user/repo:quantization`. */
  async discovered(): Promise<ReadonlyMap<string, ModelFile>> {
    return (await this.#look(freshMs)).discovered
  }

  /** The file of the first of such names that there is. */
  async findDiscovered(names: readonly string[]): Promise<ModelFile | undefined> {
    const find = ({ discovered }: Listing): ModelFile | undefined =>
      names.map((name) => discovered.get(name)).find((file) => file !== undefined)
    return find(await this.#look(freshMs)) ?? find(await this.#look(certainMs))
  }

  /**
   * What a file says of itself; `isFresh` reads it even if it was read before.
   * @throws DomainError `invalid` with a code `gguf_metadata_error-…` in its details.
   */
  async metadataOf(file: ModelFile, { isFresh = false } = {}): Promise<ModelMetadata> {
    return this.#unfinishedUntil(this.#metadata.read(file, isFresh))
  }

  /**
   * Begins to read anew what every file says of itself, and gives how many those are. While that goes
   * on it is not begun again.
   */
  async refresh(): Promise<number> {
    this.forget()
    const files = await this.files()
    this.#refreshing ??= this.#unfinishedUntil(this.#readAnew(files)).finally(() => {
      this.#refreshing = undefined
    })
    return files.length
  }

  get isRefreshing(): boolean {
    return this.#refreshing !== undefined
  }

  /** What is on disk is other than before. */
  forget(): void {
    this.#folders = new Map()
    this.#listing = undefined
    this.#scanning = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#unfinished)
  }

  async #readAnew(files: readonly ModelFile[]): Promise<void> {
    for (const file of files) {
      if (this.#isClosed) return
      // Who asks for a file that cannot be read is told why.
      await this.#metadata.read(file, true).catch(() => undefined)
    }
  }

  async #look(maxAgeMs: number): Promise<Listing> {
    const listing = this.#listing
    if (listing && this.#options.clock.elapsedMs() - listing.atMs <= maxAgeMs) return listing
    return this.#scanning ?? this.#begin()
  }

  #begin(): Promise<Listing> {
    const scanning = this.#unfinishedUntil(this.#scan())
      .then(({ listing, folders }) => {
        // After `forget` it may have missed what is new, so only who asked before may have it.
        if (this.#scanning !== scanning) return listing
        this.#folders = folders
        this.#listing = listing
        return listing
      })
      .finally(() => {
        if (this.#scanning === scanning) this.#scanning = undefined
      })
    this.#scanning = scanning
    return scanning
  }

  async #scan(): Promise<{ readonly listing: Listing; readonly folders: ScannedFolders }> {
    const { hubDir, clock } = this.#options
    const atMs = clock.elapsedMs()
    const { files, folders, fault } = await scanLibrary(hubDir, this.#folders, clock.nowSeconds())
    this.#complain(fault)
    return { listing: { files, discovered: discoveredNames(files), atMs }, folders }
  }

  /** Once, until it can be read again. */
  #complain(fault: Error | undefined): void {
    if (fault && !this.#isComplained) {
      this.#options.log.warn({ err: fault }, 'The folder of model files cannot be read')
    }
    this.#isComplained = fault !== undefined
  }

  /** What is still going on when the library is closed is waited for. */
  #unfinishedUntil<T>(work: Promise<T>): Promise<T> {
    const settled = work.finally(() => this.#unfinished.delete(settled))
    this.#unfinished.add(settled)
    return settled
  }
}
