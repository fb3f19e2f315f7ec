import { DomainError } from '../domain-error.ts'
import { Thread } from './thread.ts'

/** Bodies above this are read in the workroom: they would hold up the main thread. */
export const inlineBodyBytes = 256 * 1024

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
 * with its first job, since many a server never has one. Jobs are pure, so nothing is lost with a
 * thread that needed more memory than there is: the next job has a new one.
 */
export class Workroom implements AsyncDisposable {
  readonly #onLoss: (error: Error) => void
  #thread: Thread | undefined
  #loss: Error | undefined

  /** `onLoss` is told when a thread ended by itself. */
  constructor(onLoss: (error: Error) => void) {
    this.#onLoss = onLoss
  }

  /**
   * Buffers in `transfer` are moved and gone afterwards. Throws what the job throws, and DomainError
   * `unavailable` when its thread ended meanwhile.
   */
  async run<I, O>(job: Job<I, O>, input: I, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    this.#thread ??= new Thread({
      name: 'workroom',
      entry: new URL('./workroom-thread.ts', import.meta.url),
      data: undefined,
      onDeath: (error) => {
        this.#thread = undefined
        this.#loss = error
        this.#onLoss(error)
      },
    })
    const call = { module: job.module, name: job.name, input }
    return this.#thread.call<O>(call, transfer).catch((error: unknown) => {
      if (error !== this.#loss) throw error
      throw new DomainError('unavailable', 'Reading the body failed: the thread ended', {
        cause: error,
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]()
  }
}
