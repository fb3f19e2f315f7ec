import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpuSecondsOf } from './server-child.ts'

/** A server of a bench in a process of its own. */
interface BenchChild extends AsyncDisposable {
  readonly port: number
  /** User and system time so far. */
  cpuSeconds(): number
  /** What it answers when it is asked how it is. */
  ask(): Promise<unknown>
}

export interface ProviderChild extends BenchChild {
  /** What `OPENAI_BASE_URL` is to be. */
  readonly baseUrl: string
}

/** Starts a provider whose streams have so many events. It ends with this process. */
export async function startProviderChild(chunks = 64): Promise<ProviderChild> {
  const child = await startChild('./provider-program.ts', { BENCH_CHUNKS: String(chunks) })
  return { ...child, baseUrl: `http://127.0.0.1:${child.port}/v1` }
}

/** Starts a relay towards a provider, which reads nothing of what it passes on. */
export function startRelayChild(providerPort: number): Promise<BenchChild> {
  return startChild('./relay-program.ts', { BENCH_PROVIDER_PORT: String(providerPort) })
}

/** What a counting provider has seen so far. */
export interface ProviderCounts {
  readonly asked: number
  /** How many different questions these were, by the header `Idempotency-Key`. */
  readonly keys: number
  readonly mostInHand: number
}

export interface CountingProvider extends ProviderChild {
  counts(): Promise<ProviderCounts>
}

/** Starts a provider that answers at once and counts. It ends with this process. */
export async function startCountingProvider(): Promise<CountingProvider> {
  const child = await startChild('./counting-provider-program.ts', {})
  return {
    ...child,
    baseUrl: `http://127.0.0.1:${child.port}/v1`,
    // Its program tells nothing else.
    counts: async () => (await child.ask()) as ProviderCounts,
  }
}

async function startChild(program: string, environment: NodeJS.ProcessEnv): Promise<BenchChild> {
  const path = new URL(program, import.meta.url).pathname
  const child = fork(path, { env: { ...process.env, ...environment } })
  const [message]: unknown[] = await once(child, 'message')
  const { port } = message as { port: number }
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(child),
    async ask() {
      const answered = once(child, 'message')
      child.send('how are you')
      const [answer]: unknown[] = await answered
      return answer
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
