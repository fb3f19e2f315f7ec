import type { LoadOptions } from '../load-plan.ts'
import { usualSequences } from '../usual-size.ts'

/**
 * Below this many bytes of weights one thread computes a token about as fast as several: the work
 * between two meetings of the threads is less than the meeting costs.
 */
const smallModelBytes = 200_000_000

export interface Machine {
  /** Cores that are of use for arithmetic. */
  readonly cores: number
  /** Threads that run at once: beyond it they wait for one another, and a token takes minutes. */
  readonly processors: number
  /** That one model may use; null: all. */
  readonly maxThreads: number | null
  readonly isOnGpu: boolean
}

/** How a model's sequences are computed. */
export interface Layout {
  /** Asked for, not yet known to fit into memory. */
  readonly sequences: number
  /** Of one computation. */
  readonly threads: number
  /**
   * Whether all sequences share a context and are computed together, so that large weights are
   * read once for all of them. Sequences of a small model have a context and a thread each.
   */
  readonly isShared: boolean
}

export function chooseLayout(
  weightBytes: number,
  options: LoadOptions,
  { cores, processors, maxThreads, isOnGpu }: Machine,
): Layout {
  const isSmall = weightBytes < smallModelBytes
  const wanted = options.threads ?? (isSmall ? 1 : cores)
  return {
    sequences: options.parallel ?? usualSequences,
    threads: Math.max(1, Math.min(wanted, maxThreads ?? wanted, processors)),
    isShared: !isSmall || isOnGpu,
  }
}
