import type { Group } from './database.ts'
import type { GroupQueue } from './group-queue.ts'

/** One queue per group, made when the group is first used. */
export class GroupQueues {
  readonly #open: (group: Group<unknown, unknown>) => GroupQueue
  readonly #queues = new Map<string, GroupQueue>()

  constructor(open: (group: Group<unknown, unknown>) => GroupQueue) {
    this.#open = open
  }

  get waitingBytes(): number {
    let sum = 0
    for (const queue of this.#queues.values()) sum += queue.waitingBytes
    return sum
  }

  add<I, O>(
    group: Group<I, O>,
    input: I,
    sizeBytes: number,
    transfer: readonly ArrayBuffer[],
  ): Promise<O> {
    const key = `${group.module}#${group.name}`
    let queue = this.#queues.get(key)
    if (!queue) {
      queue = this.#open(group)
      this.#queues.set(key, queue)
    }
    return queue.add(input, sizeBytes, transfer) as Promise<O>
  }
}
