import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type {
  EngineCommand,
  EngineNews,
  EngineRefusal,
  GenerateEnd,
  GenerateJob,
  LoadedFacts,
  Prompt,
  Sampling,
  TracedToken,
} from '../../src/features/engine/engine-protocol.ts'
import type { LoadOptions } from '../../src/features/engine/load-plan.ts'

const entry = new URL('../../src/features/engine/child/engine-child.ts', import.meta.url)

export const greedy: Sampling = {
  temperature: 0,
  topP: null,
  topK: null,
  minP: null,
  seed: null,
  repeatPenalty: null,
  frequencyPenalty: null,
  presencePenalty: null,
  logitBias: null,
}

export const lively: Sampling = { ...greedy, temperature: 1, seed: 7 }

export function textJob(prompt: string | Prompt, job: Partial<GenerateJob> = {}): GenerateJob {
  return {
    prompt: typeof prompt === 'string' ? { kind: 'text', text: prompt } : prompt,
    sampling: greedy,
    maxTokens: 20,
    stop: [],
    grammar: null,
    top: null,
    ...job,
  }
}

export interface Answer {
  readonly text: string
  readonly count: number
  readonly tokens: readonly TracedToken[]
  readonly begun: Extract<EngineNews, { type: 'begun' }> | undefined
  readonly end: GenerateEnd | undefined
  readonly refusal: EngineRefusal | undefined
  readonly messages: number
}

type JobNews = Extract<EngineNews, { id: number }>

/** The engine's child as its server would run it, spoken to message by message. */
export class EngineChildTester implements AsyncDisposable {
  readonly process: ChildProcess
  readonly #listeners = new Map<number, (news: JobNews) => void>()
  readonly #first = Promise.withResolvers<Extract<EngineNews, { type: 'ready' | 'unloadable' }>>()
  readonly #pongs: ((at: number) => void)[] = []
  readonly progress: number[] = []
  #nextId = 1
  #said = ''

  constructor() {
    this.process = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.process.stdout?.resume()
    this.process.stderr?.on('data', (part) => (this.#said += String(part)))
    this.process.on('message', (news: EngineNews) => this.#receive(news))
  }

  /** Rejects with what the child said where it does not become ready. */
  static async ready(path: string, options: LoadOptions = {}): Promise<EngineChildTester> {
    const child = new EngineChildTester()
    const refusal = await child.load(path, options).then(
      () => null,
      (error: unknown) => error,
    )
    if (refusal === null) return child
    await child[Symbol.asyncDispose]()
    throw new Error(`${JSON.stringify(refusal)}\n${child.said}`)
  }

  /** Rejects with an error that has the refusal's members. */
  async load(path: string, options: LoadOptions = {}): Promise<LoadedFacts> {
    const plan = { name: 'test/tiny:F32', path, sizeBytes: null, options }
    this.send({ type: 'load', plan, maxThreads: null, mayUseGpu: false })
    const exited = once(this.process, 'exit').then(([code, signal]: unknown[]) => {
      throw new Error(`The child ended (${String(code ?? signal)}): ${this.#said}`)
    })
    const news = await Promise.race([this.#first.promise, exited])
    if (news.type === 'ready') return news.facts
    throw Object.assign(new Error(news.refusal.message), news.refusal)
  }

  get said(): string {
    return this.#said
  }

  send(command: EngineCommand): void {
    this.process.send(command, () => undefined)
  }

  async ask(job: GenerateJob, credit = 1_000_000): Promise<Answer> {
    return this.start(job, credit).answer
  }

  /** A generation that can be watched and disturbed. */
  start(job: GenerateJob, credit = 1_000_000): RunningAnswer {
    const id = this.#nextId++
    const running = new RunningAnswer(id, (command) => this.send(command))
    this.#listeners.set(id, (news) => running.take(news))
    this.send({ type: 'generate', id, job, credit })
    return running
  }

  async embed(inputs: readonly (string | readonly number[])[]): Promise<JobNews> {
    return this.#once((id) => ({ type: 'embed', id, inputs }))
  }

  async count(prompt: Prompt): Promise<JobNews> {
    return this.#once((id) => ({ type: 'count', id, prompt }))
  }

  async ping(): Promise<number> {
    const pong = new Promise<number>((resolve) => this.#pongs.push(resolve))
    this.send({ type: 'ping', at: 42 })
    return pong
  }

  /** The exit code, once it has ended by itself. */
  async stop(): Promise<number | null> {
    const exit = once(this.process, 'exit')
    this.send({ type: 'stop' })
    const [code]: unknown[] = await exit
    return typeof code === 'number' ? code : null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const exit = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exit
  }

  async #once(command: (id: number) => EngineCommand): Promise<JobNews> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      this.#listeners.set(id, resolve)
      this.send(command(id))
    })
  }

  #receive(news: EngineNews): void {
    if (news.type === 'loading') this.progress.push(news.progress)
    else if (news.type === 'ready' || news.type === 'unloadable') this.#first.resolve(news)
    else if (news.type === 'pong') this.#pongs.shift()?.(news.at)
    else this.#listeners.get(news.id)?.(news)
  }
}

export class RunningAnswer {
  readonly id: number
  readonly answer: Promise<Answer>
  readonly #send: (command: EngineCommand) => void
  readonly #done = Promise.withResolvers<Answer>()
  readonly #watchers: { readonly count: number; resolve(): void }[] = []
  #begun: Answer['begun']
  #text = ''
  #count = 0
  #messages = 0
  readonly #tokens: TracedToken[] = []

  constructor(id: number, send: (command: EngineCommand) => void) {
    this.id = id
    this.#send = send
    this.answer = this.#done.promise
  }

  get count(): number {
    return this.#count
  }

  give(tokens: number): void {
    this.#send({ type: 'credit', id: this.id, tokens })
  }

  abort(): void {
    this.#send({ type: 'abort', id: this.id })
  }

  /** Resolves when so many tokens have come; 0: when it has begun. */
  async reached(count: number): Promise<void> {
    if (this.#begun && this.#count >= count) return
    await new Promise<void>((resolve) => this.#watchers.push({ count, resolve }))
  }

  take(news: JobNews): void {
    if (news.type === 'begun') this.#begun = news
    if (news.type === 'tokens') {
      this.#text += news.text
      this.#count += news.count
      this.#messages += 1
      this.#tokens.push(...(news.tokens ?? []))
    }
    for (const { count, resolve } of this.#watchers) if (this.#count >= count) resolve()
    if (news.type === 'ended') this.#finish(news.end, undefined)
    if (news.type === 'refused') this.#finish(undefined, news.refusal)
  }

  #finish(end: GenerateEnd | undefined, refusal: EngineRefusal | undefined): void {
    this.#done.resolve({
      text: this.#text,
      count: this.#count,
      tokens: this.#tokens,
      begun: this.#begun,
      end,
      refusal,
      messages: this.#messages,
    })
  }
}
