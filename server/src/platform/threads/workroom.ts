import { Thread } from './thread.ts'

/** A pure function that may run in another thread; it names itself as a database task does. */
export interface Job<I, O> {
  readonly module: string
  readonly name: string
  run(input: I): Promise<O>
}

export function defineJob<I, O>(job: Job<I, O>): Job<I, O> {
  return job
}

/**
 * A thread for work that would hold up the main one, such as parsing a large body. It starts
 * with its first job, since many a server never has one.
 */
export class Workroom implements AsyncDisposable {
  readonly #onDeath: (error: Error) => void
  #thread: Thread | undefined

  constructor(onDeath: (error: Error) => void) {
    this.#onDeath = onDeath
  }

  /** Buffers in `transfer` are moved and gone afterwards. */
  run<I, O>(job: Job<I, O>, input: I, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    this.#thread ??= new Thread({
      name: 'workroom',
      entry: new URL('./workroom-thread.ts', import.meta.url),
      data: undefined,
      onDeath: this.#onDeath,
    })
    return this.#thread.call<O>({ module: job.module, name: job.name, input }, transfer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]()
  }
}
