import { Worker, type WorkerOptions } from 'node:worker_threads'
import { withCompileCache } from './compile-cache.ts'
import { fromThreadError, type ThreadReply } from './thread-protocol.ts'

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface ThreadOptions {
  readonly name: string
  readonly entry: URL
  readonly data: unknown
  /** `small` for a thread that only hands rows on; else `usual`. */
  readonly youngHeap?: 'usual' | 'small'
  /** Megabytes for what lives on; the thread dies when it needs more. Default: V8's. */
  readonly oldHeapMb?: number
  /** Called once when the thread ends without having been asked to; pending calls are rejected. */
  readonly onDeath: (error: Error) => void
  /** Called with what the thread tells outside of replies. */
  readonly onNotice?: (notice: unknown) => void
}

/**
 * Megabytes for what dies young, which is most of what passes through a thread; V8's default would
 * be 48. With less than `usual` a thread that parses or plans moves too much to the old heap.
 */
const youngHeapMb = { usual: 24, small: 6 }

/**
 * The main side of one worker thread that answers calls in the order it likes. A thread that
 * dies rejects every pending call; nothing restarts it, since its owner decides what that means.
 */
export class Thread implements AsyncDisposable {
  readonly name: string
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #death: Error | undefined
  #isClosing = false

  constructor(options: ThreadOptions) {
    this.name = options.name
    const { oldHeapMb } = options
    const workerOptions: WorkerOptions = {
      name: options.name,
      workerData: options.data,
      resourceLimits: {
        maxYoungGenerationSizeMb: youngHeapMb[options.youngHeap ?? 'usual'],
        ...(oldHeapMb === undefined ? {} : { maxOldGenerationSizeMb: oldHeapMb }),
      },
      env: withCompileCache(process.env),
    }
    this.#worker = new Worker(options.entry, workerOptions)
    this.#worker.on('message', (message: ThreadReply) => this.#receive(message, options.onNotice))
    this.#worker.on('error', (error: unknown) => this.#die(toError(error), options.onDeath))
    this.#worker.on('exit', (code) => {
      this.#die(new Error(`Thread ${options.name} ended with code ${code}`), options.onDeath)
    })
  }

  /** Posts one call and waits for its reply. Buffers in `transfer` are moved, not copied. */
  call<O>(message: object, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    if (this.#death) return Promise.reject(this.#death)
    const id = this.#nextId++
    return new Promise<O>((resolve, reject) => {
      // The caller names the type of the reply; both ends live in this repository.
      this.#pending.set(id, { resolve, reject })
      try {
        this.#worker.postMessage({ id, message }, transfer)
      } catch (error) {
        this.#pending.delete(id)
        reject(toError(error))
      }
    })
  }

  /** What it has worked so far, in milliseconds of CPU; undefined once it has ended. */
  async cpuMs(): Promise<number | undefined> {
    try {
      const { user, system } = await this.#worker.cpuUsage()
      return (user + system) / 1000
    } catch {
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    await this.#worker.terminate()
  }

  #receive(reply: ThreadReply, onNotice: ThreadOptions['onNotice']): void {
    if (reply.kind === 'notice') {
      onNotice?.(reply.notice)
      return
    }
    const pending = this.#pending.get(reply.id)
    if (!pending) return
    this.#pending.delete(reply.id)
    if (reply.kind === 'value') pending.resolve(reply.value)
    else pending.reject(fromThreadError(reply.error))
  }

  #die(error: Error, onDeath: ThreadOptions['onDeath']): void {
    if (this.#death) return
    this.#death = error
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    if (!this.#isClosing) onDeath(error)
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
