import { afterAll, afterEach, beforeAll } from 'vitest'
import type { CompletionContext } from '../../src/features/completion/index.ts'
import { openUpstream } from '../../src/platform/upstream/open-upstream.ts'
import type { Upstream } from '../../src/platform/upstream/upstream.ts'
import { completionContext, providerKey } from './completion-context.ts'
import type { TestDatabase } from './database.ts'
import { startFakeProvider, type FakeProvider, type FakeProviderKind } from './fake-provider.ts'

export const providerKinds: readonly FakeProviderKind[] = [
  'openai',
  'anthropic',
  'google',
  'ollama',
]

/** A provider of each kind for the suite in which this is called, and contexts that lead to them. */
export function useFourProviders(store: Pick<TestDatabase, 'db'>) {
  const fakes = new Map<FakeProviderKind, FakeProvider>()
  const opened = new AsyncDisposableStack()
  let upstream: Upstream
  beforeAll(async () => {
    for (const kind of providerKinds) fakes.set(kind, opened.use(await startFakeProvider(kind)))
    upstream = opened.use(openUpstream({ sleep: async () => undefined }))
  })
  afterEach(() => {
    for (const fake of fakes.values()) fake.always({ type: 'reply' })
  })
  afterAll(() => opened.disposeAsync())

  return {
    fakeOf(kind: FakeProviderKind): FakeProvider {
      const fake = fakes.get(kind)
      if (!fake) throw new Error(`No fake of ${kind}`)
      return fake
    },
    contextOf(given: Partial<CompletionContext> = {}) {
      const apiKeys = { openai: providerKey, anthropic: providerKey, google: providerKey }
      const baseUrls = Object.fromEntries([...fakes].map(([kind, { url }]) => [kind, url]))
      const providers = { apiKeys, baseUrls, ownUrls: () => [], guardsBaseUrls: false }
      return completionContext(store, upstream, { providers, ...given })
    },
  }
}
