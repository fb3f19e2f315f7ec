/** Entry of the process that runs one model for the server; see `engine-protocol.ts`. */
import { Worker } from 'node:worker_threads'
import type { EngineCommand, EngineNews } from '../engine-protocol.ts'
import { JobDesk } from './job-desk.ts'
import { loadModel } from './load-model.ts'
import { asRefusal } from './refusal.ts'

const progressStep = 0.05

class EngineChild {
  readonly #channel = new Channel()
  #desk: JobDesk | undefined

  take(command: EngineCommand): void {
    switch (command.type) {
      case 'load':
        void this.#load(command)
        break
      case 'generate':
      case 'embed':
      case 'count':
        this.#run(command)
        break
      case 'credit':
        this.#desk?.credit(command.id, command.tokens)
        break
      case 'abort':
        this.#desk?.abort(command.id)
        break
      case 'ping':
        this.#channel.send({ type: 'pong', at: command.at })
        break
      case 'stop':
        void this.#stop()
    }
  }

  async #load({ plan, ...limits }: Extract<EngineCommand, { type: 'load' }>): Promise<void> {
    let told = 0
    const onProgress = (progress: number): void => {
      if (progress - told < progressStep) return
      told = progress
      this.#channel.send({ type: 'loading', progress })
    }
    try {
      const model = await loadModel({ plan, ...limits, onProgress })
      this.#desk = new JobDesk(model, this.#channel.send)
      this.#channel.send({ type: 'ready', facts: model.facts })
    } catch (error) {
      const refusal = asRefusal(error, 'server_error-startup_error')
      this.#channel.send({ type: 'unloadable', refusal })
      await this.#leave(1)
    }
  }

  #run(command: Extract<EngineCommand, { type: 'generate' | 'embed' | 'count' }>): void {
    if (this.#desk) {
      void this.#desk.run(command)
      return
    }
    const message = 'The model is not loaded'
    const refusal = { status: 500, code: 'server_error-engine_error', message } as const
    this.#channel.send({ type: 'refused', id: command.id, refusal })
  }

  /** The system takes all memory back at once; freeing it piece by piece would only take time. */
  async #stop(): Promise<void> {
    await this.#desk?.idle()
    await this.#leave(0)
  }

  async #leave(code: number): Promise<void> {
    await this.#channel.sent()
    process.exit(code)
  }
}

/** What leaves for the server; the process may end only when all of it has left. */
class Channel {
  #unsent = 0
  #empty: (() => void) | null = null

  readonly send = (news: EngineNews): void => {
    this.#unsent += 1
    process.send?.(news, undefined, undefined, () => this.#left())
  }

  async sent(): Promise<void> {
    if (this.#unsent === 0) return
    await new Promise<void>((resolve) => {
      this.#empty = resolve
    })
  }

  #left(): void {
    this.#unsent -= 1
    if (this.#unsent === 0) this.#empty?.()
  }
}

const child = new EngineChild()
// The server is the only one that sends, and speaks the protocol.
process.on('message', (message) => child.take(message as EngineCommand))
// At once, whatever runs: nobody is left to hear of it.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// What ends a terminal or a service reaches us too; the server decides when we end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
process.on('unhandledRejection', (reason) => {
  process.stderr.write(`${reason instanceof Error ? reason.stack : String(reason)}\n`)
})
new Worker(new URL('./watch-parent-thread.ts', import.meta.url), {
  workerData: process.ppid,
}).unref()
