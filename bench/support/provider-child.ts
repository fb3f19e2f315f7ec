import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpuSecondsOf } from './server-child.ts'

/** A server of a bench in a process of its own. */
interface BenchChild extends AsyncDisposable {
  readonly port: number
  /** User and system time so far. */
  cpuSeconds(): number
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

async function startChild(program: string, environment: NodeJS.ProcessEnv): Promise<BenchChild> {
  const path = new URL(program, import.meta.url).pathname
  const child = fork(path, { env: { ...process.env, ...environment } })
  const [message]: unknown[] = await once(child, 'message')
  const { port } = message as { port: number }
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(child),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
