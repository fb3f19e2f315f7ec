import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { TurnGate } from './turn-gate.ts'

/** Room for one answer at a time, with the tokens of the last one still in it. */
export interface Slot {
  readonly sequence: LlamaContextSequence
  /** Null where no other sequence shares its context. */
  readonly gate: TurnGate | null
}

interface Waiting {
  readonly tokens: readonly Token[]
  take(slot: Slot): void
}

/**
 * The sequences of a model, handed out in the order they were asked for. A question gets the free
 * sequence that remembers most of its beginning; among equals the one unused for longest, so that
 * other conversations are forgotten as late as possible.
 */
export class Sequences {
  /** The one unused for longest first. */
  #free: readonly Slot[]
  #waiting: readonly Waiting[] = []

  constructor(slots: readonly Slot[]) {
    this.#free = slots
  }

  /** Undefined where the signal came first. */
  async acquire(tokens: readonly Token[], signal: AbortSignal): Promise<Slot | undefined> {
    if (signal.aborted) return undefined
    const slot = this.#waiting.length === 0 ? bestFor(tokens, this.#free) : undefined
    if (slot) {
      this.#free = this.#free.filter((one) => one !== slot)
      return slot
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        resolve(undefined)
      }
      const take = (given: Slot): void => {
        signal.removeEventListener('abort', leave)
        resolve(given)
      }
      const waiting = { tokens, take }
      this.#waiting = [...this.#waiting, waiting]
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  release(slot: Slot): void {
    this.#free = [...this.#free, slot]
    const [next, ...others] = this.#waiting
    if (!next) return
    const best = bestFor(next.tokens, this.#free)
    if (!best) return
    this.#waiting = others
    this.#free = this.#free.filter((one) => one !== best)
    next.take(best)
  }
}

function bestFor(tokens: readonly Token[], slots: readonly Slot[]): Slot | undefined {
  let best: Slot | undefined
  let longest = -1
  for (const slot of slots) {
    const length = commonLength(slot.sequence.contextTokens, tokens)
    if (length <= longest) continue
    best = slot
    longest = length
  }
  return best
}

/** How many tokens two texts begin with alike. */
export function commonLength(one: readonly number[], other: readonly number[]): number {
  const most = Math.min(one.length, other.length)
  for (let at = 0; at < most; at++) if (one[at] !== other[at]) return at
  return most
}
