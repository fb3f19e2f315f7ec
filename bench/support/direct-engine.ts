import { fork } from 'node:child_process'
import { once } from 'node:events'

/** What the engine shall do when it is asked directly. */
export interface DirectAsk {
  /** Of the GGUF file. */
  readonly path: string
  readonly threads: number
  readonly contextSize: number
  readonly prompt: string
  /** How many to generate. */
  readonly tokens: number
}

export interface DirectTook {
  readonly generated: number
  readonly seconds: number
}

/** The engine without a server around it, in a process of its own. */
export interface DirectEngine extends AsyncDisposable {
  /** Generates once and gives tokens per second, the time for the prompt included. */
  perSecond(): Promise<number>
}

/** Loads the model; the process ends with this one. */
export async function startDirectEngine(ask: DirectAsk): Promise<DirectEngine> {
  const program = new URL('./direct-engine-program.ts', import.meta.url).pathname
  const child = fork(program, [JSON.stringify(ask)])
  const failed = once(child, 'exit').then(([code]: unknown[]) => {
    throw new Error(`The engine ended with ${String(code)}`)
  })
  const message = async (): Promise<unknown> => {
    const [said]: unknown[] = await Promise.race([once(child, 'message'), failed])
    return said
  }
  await message()
  return {
    async perSecond() {
      child.send('go')
      const { generated, seconds } = tookOf(await message())
      if (generated !== ask.tokens) throw new Error(`The engine said ${generated} tokens`)
      return generated / seconds
    },
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await failed.catch(() => undefined)
    },
  }
}

/** The cast holds because only `startDirectEngine` starts the program, with what it was given. */
export function parseDirectAsk(text: string): DirectAsk {
  return JSON.parse(text) as DirectAsk
}

/** The cast holds because the program says nothing else once it is ready. */
function tookOf(said: unknown): DirectTook {
  return said as DirectTook
}
