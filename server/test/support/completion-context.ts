import {
  prepareCall,
  type Call,
  type CompletionContext,
  type CompletionMode,
  type CompletionRequest,
} from '../../src/features/completion/index.ts'
import {
  ModelDirectory,
  type Connection,
  type ConnectionKind,
} from '../../src/features/models/index.ts'
import { createPricer, type PriceBook } from '../../src/features/pricing/index.ts'
import { localCaller } from '../../src/features/identity/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import type { Upstream } from '../../src/platform/upstream/upstream.ts'
import type { TestDatabase } from './database.ts'

/** A key that nothing but a provider may see. */
export const providerKey = 'sk-test-0123456789-abcdef'

/** What completions are given, over a suite's database; `logged` collects what they complain of. */
export function completionContext(
  store: Pick<TestDatabase, 'db'>,
  upstream: Upstream,
  given: Partial<CompletionContext> = {},
): CompletionContext & { readonly logged: string[] } {
  const logged: string[] = []
  const note = (_details: object, message: string): void => {
    logged.push(message)
  }
  return {
    db: store.db,
    clock: systemClock,
    ids: randomIds,
    vault: createVault(Buffer.alloc(32, 1)),
    caller: localCaller(),
    upstream,
    directory: new ModelDirectory({ db: store.db, clock: systemClock, onError: () => undefined }),
    providers: { apiKeys: {}, baseUrls: {}, ownUrls: () => [], guardsBaseUrls: false },
    processId: randomIds.uuid(),
    price: createPricer(),
    log: { warn: note, error: note },
    logged,
    ...given,
  }
}

const labels: Readonly<Record<ConnectionKind, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  ollama: 'Ollama',
  'openai-compatible': 'Lab',
}

/** A connection of that kind to a fake provider. */
export function connectionTo(kind: ConnectionKind, baseUrl: string): Connection {
  const name = kind === 'openai-compatible' ? 'lab' : kind
  return { name, kind, label: labels[kind], baseUrl, apiKey: providerKey, isGuarded: false }
}

export interface SampleCall {
  readonly model?: string
  readonly mode?: CompletionMode
  readonly book?: PriceBook
  readonly request?: Partial<CompletionRequest>
}

/** A short question to a model, ready to be sent. */
export function sampleCall(
  connection: Connection,
  { model = 'gpt-4o-mini', mode = 'whole', book = 'beacon', request = {} }: SampleCall = {},
): Call {
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'Say hello' }] }] as const
  const asked = { model, messages, options: { temperature: 0.5, maxTokens: 50 }, ...request }
  return prepareCall(connection, asked, { mode, book })
}
