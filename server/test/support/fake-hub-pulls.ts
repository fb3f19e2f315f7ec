import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { incompletePath, repoFolder } from '../../src/features/model-files/cache-layout.ts'
import type { HubOptions } from '../../src/features/model-files/downloads/hub.ts'
import { pullFile, type PullOptions } from '../../src/features/model-files/downloads/pull-file.ts'
import { contentEtag, ggufLikeBytes } from './fake-hub-content.ts'
import { FakeHub } from './fake-hub.ts'

export const repo = 'user/tiny'
export const filename = 'tiny-Q4_0.gguf'
export const size = 600_000
export const content = ggufLikeBytes(size, 'one')
/** Waits for nothing. */
export const patience = { sleep: async () => undefined, random: () => 0 }

interface Given extends Partial<Omit<PullOptions, 'hub' | 'hubDir'>> {
  readonly options?: HubOptions
}

/** A hub, an empty cache, and pulls from the one to the other; both are new for each test. */
export class PullStage {
  #hub: FakeHub | undefined
  #root = ''

  constructor() {
    beforeEach(async () => {
      this.#hub = await FakeHub.start()
      this.#root = await mkdtemp(join(tmpdir(), 'pharos-hub-'))
    })
    afterEach(async () => {
      await this.#hub?.[Symbol.asyncDispose]()
      await rm(this.#root, { recursive: true })
    })
  }

  get hub(): FakeHub {
    if (!this.#hub) throw new Error('There is a hub only while tests run')
    return this.#hub
  }

  get root(): string {
    return this.#root
  }

  get hubDir(): string {
    return join(this.#root, 'hub')
  }

  async pull({ options, ...rest }: Given = {}) {
    return pullFile({
      hub: { endpoint: this.hub.url, ...options },
      hubDir: this.hubDir,
      repo,
      filename,
      signal: new AbortController().signal,
      powers: { patience },
      ...rest,
    })
  }

  /** A place in the repository's folder of the cache. */
  folder(...parts: readonly string[]): string {
    return join(repoFolder(this.hubDir, repo), ...parts)
  }

  /** The names in such a place, in order. */
  async listed(...parts: readonly string[]): Promise<string[]> {
    const names: string[] = await readdir(this.folder(...parts)).catch(() => [])
    return names.toSorted((a, b) => (a < b ? -1 : 1))
  }

  get partialPath(): string {
    return incompletePath(this.hubDir, repo, contentEtag(content))
  }

  async partialSize(): Promise<number | null> {
    const found = await stat(this.partialPath).catch(() => null)
    return found && found.size
  }

  /** Which parts of contents were asked for; undefined is all. */
  get ranges(): (string | undefined)[] {
    return this.hub.bodies.map(({ range }) => range)
  }

  /** Nothing can be loaded from the cache and nothing claims to be there. */
  async expectNothingRegistered(): Promise<void> {
    expect(await this.listed('snapshots')).toEqual([])
    expect(await this.listed('refs')).toEqual([])
  }
}
