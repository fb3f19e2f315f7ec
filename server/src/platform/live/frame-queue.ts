export interface QueueLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

/** The next thing to send: a note that frames are missing here, or a frame. */
export type QueueHead = { readonly missed: number } | { readonly frame: Buffer }

interface Entry {
  readonly frame: Buffer
  /** Frames that were dropped right before this one. */
  missedBefore: number
}

const compactAfter = 1024

/**
 * Frames in order, with the places where some were dropped. Adding a frame past a limit drops
 * the oldest until it fits; a frame that would not fit into an empty queue is itself dropped. Losses next to each
 * other count as one.
 */
export class FrameQueue {
  readonly #limits: QueueLimits
  readonly #entries: (Entry | undefined)[] = []
  #first = 0
  #missedAtEnd = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get messages(): number {
    return this.#entries.length - this.#first
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.messages === 0 && this.#missedAtEnd === 0
  }

  /** `heldElsewhereBytes` counts against the limit too: what is handed over but not yet taken. */
  add(frame: Buffer, heldElsewhereBytes: number): void {
    const { maxBytes, maxMessages } = this.#limits
    const roomBytes = maxBytes - heldElsewhereBytes - frame.length
    if (roomBytes < 0) {
      this.#missedAtEnd += 1
      return
    }
    while (this.messages > 0 && (this.messages >= maxMessages || this.#bytes > roomBytes)) {
      this.#dropOldest()
    }
    this.#entries.push({ frame, missedBefore: this.#missedAtEnd })
    this.#missedAtEnd = 0
    this.#bytes += frame.length
  }

  /** Takes the next thing to send, oldest first. */
  take(): QueueHead | undefined {
    const head = this.#entries[this.#first]
    const missed = head === undefined ? this.#missedAtEnd : head.missedBefore
    if (missed > 0) {
      if (head === undefined) this.#missedAtEnd = 0
      else head.missedBefore = 0
      return { missed }
    }
    if (head === undefined) return undefined
    this.#removeFirst(head)
    return { frame: head.frame }
  }

  clear(): void {
    this.#entries.length = 0
    this.#first = 0
    this.#missedAtEnd = 0
    this.#bytes = 0
  }

  #dropOldest(): void {
    const oldest = this.#entries[this.#first]
    if (oldest === undefined) return
    this.#removeFirst(oldest)
    const missed = oldest.missedBefore + 1
    const next = this.#entries[this.#first]
    if (next === undefined) this.#missedAtEnd += missed
    else next.missedBefore += missed
  }

  #removeFirst(entry: Entry): void {
    this.#entries[this.#first] = undefined
    this.#first += 1
    this.#bytes -= entry.frame.length
    if (this.#first < compactAfter || this.#first * 2 < this.#entries.length) return
    this.#entries.splice(0, this.#first)
    this.#first = 0
  }
}
