import type { Clock } from '../platform/clock.ts'
import { sizeWords, timeWords } from './size-words.ts'
import type { Print } from './with-store.ts'

/** How far a transfer is. */
export interface Progress {
  /** `checking`: what an earlier attempt left is read again, and `bytes` counts that. */
  readonly phase: 'waiting' | 'checking' | 'downloading'
  readonly bytes: number
  readonly totalBytes: number
  /** Null while nothing has come. */
  readonly bytesPerSecond: number | null
}

export interface DisplayOptions {
  readonly write: Print
  /** Of the terminal; null where the text goes elsewhere. */
  readonly columns: number | null
  readonly clock: Pick<Clock, 'elapsedMs'>
}

const terminalEveryMs = 100
const linesEveryMs = 5000
/** A lock is waited for each time, mostly for no time at all. */
const silentWaitMs = 1000
const barWidth = 24
/** Below this a bar says nothing. */
const leastColumns = 60
const longestSeconds = 359_999

/**
 * Shows how far a transfer is: on a terminal one line that is written over, elsewhere a line every
 * few seconds. A new phase is shown at once.
 */
export class ProgressDisplay implements Disposable {
  readonly #options: DisplayOptions
  #shownAtMs = -Infinity
  #phase: Progress['phase'] | undefined
  #hasOpenLine = false
  #waiting: NodeJS.Timeout | undefined

  constructor(options: DisplayOptions) {
    this.#options = options
  }

  show(progress: Progress): void {
    clearTimeout(this.#waiting)
    if (progress.phase === 'waiting') {
      this.#waiting = setTimeout(() => this.#show(progress), silentWaitMs)
    } else this.#show(progress)
  }

  /** Leaves the line as it is and goes to the next. */
  [Symbol.dispose](): void {
    clearTimeout(this.#waiting)
    if (this.#hasOpenLine) this.#options.write('\n')
    this.#hasOpenLine = false
  }

  #show(progress: Progress): void {
    const { write, columns, clock } = this.#options
    const nowMs = clock.elapsedMs()
    const everyMs = columns === null ? linesEveryMs : terminalEveryMs
    const isWhole = progress.bytes === progress.totalBytes && columns !== null
    const isNew = progress.phase !== this.#phase || isWhole
    if (!isNew && nowMs - this.#shownAtMs < everyMs) return
    this.#shownAtMs = nowMs
    this.#phase = progress.phase
    if (columns === null) return write(`${progressWords(progress)}\n`)
    this.#hasOpenLine = true
    write(`\r${barLine(progress, columns)}\u001B[K`)
  }
}

/** `42 %, 1.8 GB of 4.3 GB, 52.3 MB/s, 0:48 left`. */
export function progressWords(progress: Progress): string {
  const { phase, bytes, totalBytes, bytesPerSecond: speed } = progress
  if (phase === 'waiting') return 'Waiting for another process that fetches the same file'
  const share = `${percentOf(progress)} %, ${sizeWords(bytes)} of ${sizeWords(totalBytes)}`
  if (phase === 'checking') return `Checking what is there: ${share}`
  if (speed === null || speed === 0) return share
  const seconds = (totalBytes - bytes) / speed
  const left = seconds > longestSeconds ? '' : `, ${timeWords(seconds)} left`
  return `${share}, ${sizeWords(speed)}/s${left}`
}

function barLine(progress: Progress, columns: number): string {
  const words = progressWords(progress)
  const filled = Math.round((barWidth * percentOf(progress)) / 100)
  const bar = `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] `
  const hasBar = columns >= leastColumns && progress.phase !== 'waiting'
  // A line as wide as the terminal would break, and could not be written over.
  return `${hasBar ? bar : ''}${words}`.slice(0, Math.max(1, columns - 1))
}

/** Whole, and 100 only at the end. */
function percentOf({ bytes, totalBytes }: Progress): number {
  return totalBytes === 0 ? 100 : Math.floor((bytes * 100) / totalBytes)
}
