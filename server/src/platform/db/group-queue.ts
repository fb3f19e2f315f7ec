import { DomainError } from '../domain-error.ts'
import { fromThreadError } from '../threads/thread-protocol.ts'
import type { BusEvent } from '../bus/event.ts'
import type { Group } from './database.ts'
import type { GroupReplies } from './thread-messages.ts'

interface Waiting {
  readonly input: unknown
  readonly sizeBytes: number
  readonly transfer: readonly ArrayBuffer[]
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface GroupQueueLimits {
  /** Bound of what waits; past it an input is refused as `unavailable`. */
  readonly maxWaitingBytes: number
  /** Most that one transaction takes. */
  readonly maxGroupBytes: number
  readonly maxGroupInputs: number
}

export const defaultGroupLimits: GroupQueueLimits = {
  maxWaitingBytes: 256 * 1024 * 1024,
  maxGroupBytes: 4 * 1024 * 1024,
  maxGroupInputs: 256,
}

export interface GroupQueueOptions {
  readonly group: Group<unknown, unknown>
  readonly limits: GroupQueueLimits
  /** Runs a set of inputs in one transaction. */
  run(inputs: readonly unknown[], transfer: readonly ArrayBuffer[]): Promise<GroupReplies>
  publish(events: readonly BusEvent[]): void
}

/**
 * Collects the inputs of one hot write while the writer is busy. At most two groups are under
 * way, so that the writer finds its next work waiting, and the second goes only once it is as large
 * as the first (or full), so that a few busy clients share commits instead of each having its own.
 * Everything else queues, in order, up to the bound. An input larger than `maxGroupBytes` goes alone.
 * A group that gathers also waits a moment for company, as long as company came the last time.
 */
export class GroupQueue {
  readonly #options: GroupQueueOptions
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #underWay = 0
  #underWayBytes = 0
  #lastInputs = 0
  #gathering: NodeJS.Timeout | undefined

  constructor(options: GroupQueueOptions) {
    this.#options = options
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  add(input: unknown, sizeBytes: number, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#waitingBytes + sizeBytes > this.#options.limits.maxWaitingBytes) {
      return Promise.reject(
        new DomainError('unavailable', 'Too much is waiting to be written', { retryable: true }),
      )
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, sizeBytes, transfer, resolve, reject })
      this.#waitingBytes += sizeBytes
      this.#startSoon()
    })
  }

  #startSoon(): void {
    const { gathersMs } = this.#options.group
    if (gathersMs === undefined || this.#lastInputs < 2) {
      this.#start()
      return
    }
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined
      this.#start()
    }, gathersMs)
  }

  #start(): void {
    if (!this.#mayStart()) return
    const batch = this.#takeBatch()
    this.#lastInputs = batch.length
    const bytes = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.#underWay += 1
    this.#underWayBytes += bytes
    void this.#run(batch).finally(() => {
      this.#underWay -= 1
      this.#underWayBytes -= bytes
      if (this.#gathering === undefined) this.#start()
    })
  }

  #mayStart(): boolean {
    if (this.#waiting.length === 0) return false
    if (this.#underWay === 0) return true
    const enough = Math.min(this.#underWayBytes, this.#options.limits.maxGroupBytes)
    return this.#underWay < 2 && this.#waitingBytes >= enough
  }

  #takeBatch(): Waiting[] {
    const { maxGroupBytes, maxGroupInputs } = this.#options.limits
    let bytes = 0
    let count = 0
    for (const { sizeBytes } of this.#waiting) {
      if (count > 0 && (bytes + sizeBytes > maxGroupBytes || count >= maxGroupInputs)) break
      bytes += sizeBytes
      count += 1
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    try {
      const { replies, events } = await this.#options.run(
        batch.map(({ input }) => input),
        batch.flatMap(({ transfer }) => transfer),
      )
      this.#options.publish(events)
      for (const [index, waiting] of batch.entries()) {
        const reply = replies[index]
        if (reply && 'value' in reply) waiting.resolve(reply.value)
        else waiting.reject(reply ? fromThreadError(reply.error) : new Error('No reply'))
      }
    } catch (error) {
      for (const waiting of batch) waiting.reject(error)
    }
  }
}
