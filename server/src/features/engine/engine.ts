import type { Clock } from '../../platform/clock.ts'
import type { Ids } from '../../platform/ids.ts'
import type { Log } from '../../platform/log/create-log.ts'
import type { UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { TracedToken } from './engine-protocol.ts'
import type { LoadPlan } from './load-plan.ts'

export type EnginePath = '/chat/completions' | '/completions' | '/embeddings' | '/tokenize'

/** A request in OpenAI's dialect to a model that runs here. */
export interface EngineRequest {
  readonly path: EnginePath
  /** JSON text; its `model` is echoed. */
  readonly body: string
  readonly signal?: AbortSignal
  /** Note every token with so many alternatives; null: no trace. */
  readonly traceTokens?: number | null
  /** Told of the trace as soon as there is one: a whole reply that is given up has no other place. */
  readonly onTrace?: (trace: TokenTrace) => void
  /** Longest wait for the first token once the model is loaded, its queue included. */
  readonly firstByteMs?: number
}

/** What a model read and wrote, token by token; grows while the reply's chunks are read. */
export interface TokenTrace {
  readonly prompt: { readonly text: string | null; readonly tokens: readonly number[] }
  readonly tokens: readonly TracedToken[]
}

export interface EngineReply extends UpstreamReply {
  /** Of the first answer; null where nobody asked. */
  readonly trace: TokenTrace | null
}

/** @see EngineModel for what leads from one to another. */
export type EngineState = 'stopped' | 'loading' | 'ready' | 'draining' | 'crashed'

/** A model that holds memory now. Times are Unix seconds. */
export interface LoadedModel {
  readonly plan: LoadPlan
  readonly state: Exclude<EngineState, 'stopped' | 'crashed'>
  readonly pid: number | null
  /** Jobs that the model works on. */
  readonly inFlight: number
  readonly waiting: number
  /** An estimate until the model is loaded. */
  readonly memoryBytes: number
  /** Tokens that each sequence can see; null until it is loaded. */
  readonly contextSize: number | null
  readonly loadedAt: number | null
  /** Since when nothing runs; null while something does. */
  readonly idleSince: number | null
  /** When it goes by itself; null for never, and while something runs. */
  readonly unloadsAt: number | null
}

export interface LocalEngineOptions {
  readonly clock: Clock
  readonly log: Log
  readonly ids?: Ids
  /** How long a model stays after its last job; 0 for not at all, less than 0 for ever. */
  readonly keepAliveSeconds: number
  /** For all models together. */
  readonly memoryBytes: number
  /** Jobs that may wait for one model. */
  readonly maxWaiting?: number
  /** How long a model may take to load. */
  readonly startMs?: number
  /** How long a model that needs room waits for what runs in the others. */
  readonly drainMs?: number
  /** Threads of one model at most; null for what the engine finds best. */
  readonly maxThreads?: number | null
  /** Whether models run on the best GPU whose engine is installed; on the CPU if not given. */
  readonly mayUseGpu?: boolean
  /** How often a child must show that it lives, and for how long it may not. */
  readonly pingMs?: number
  readonly silentMs?: number
  /** How long an answer may take to end once nobody wants it. */
  readonly abortMs?: number
  /** How long a child may take to end by itself. */
  readonly stopMs?: number
  /** The program of the child, for tests. */
  readonly childModule?: URL
}
