import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
import { LocalEngine } from '../../src/features/engine/index.ts'
import { ModelLibrary } from '../../src/features/model-files/index.ts'
import { createPricer, type PriceBook } from '../../src/features/pricing/index.ts'
import { localCaller } from '../../src/features/identity/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/log/create-log.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import type { Upstream } from '../../src/platform/upstream/upstream.ts'
import type { TestDatabase } from './database.ts'

/** A key that nothing but a provider may see. */
export const providerKey = 'sk-test-0123456789-abcdef'

const noFiles = join(tmpdir(), 'pharos-no-models')

/** An engine that holds its models until it is closed. Nothing is started before it is asked. */
export function localEngine(): LocalEngine {
  return new LocalEngine({
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    keepAliveSeconds: -1,
    memoryBytes: 1e9,
    maxThreads: 1,
  })
}

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
  const { db } = store
  const clock = systemClock
  const silent = createLog({ level: 'silent' })
  return {
    db,
    clock,
    ids: randomIds,
    vault: createVault(Buffer.alloc(32, 1)),
    caller: localCaller(),
    upstream,
    library: new ModelLibrary({ hubDir: noFiles, db, clock, log: silent }),
    engine: localEngine(),
    directory: new ModelDirectory({ db, clock, onError: () => undefined }),
    providers: { apiKeys: {}, baseUrls: {}, ownUrls: () => [], guardsBaseUrls: false },
    processId: randomIds.uuid(),
    price: createPricer(),
    workroom: { run: (job, input) => job.run(input) },
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
  local: 'Local engine',
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
