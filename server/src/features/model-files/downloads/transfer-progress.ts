import type { Clock } from '../../../platform/clock.ts'

/** How far a download is, over all parts of the model. */
export interface TransferProgress {
  /** The part that is at work. */
  readonly file: string
  /** `checking`: what was there from an earlier time is read again, and `bytes` counts that. */
  readonly phase: 'waiting' | 'checking' | 'downloading'
  readonly snapshot: string
  readonly bytes: number
  readonly totalBytes: number
  /** Over the last seconds; null while nothing has come. */
  readonly bytesPerSecond: number | null
}

interface Mark {
  readonly atMs: number
  readonly bytes: number
}

const windowMs = 5000
const markEveryMs = 100

/** Turns the bytes that come into progress with a speed, which is that of the last few seconds. */
export class ProgressMeter {
  readonly #clock: Pick<Clock, 'elapsedMs'>
  readonly #whole: Pick<TransferProgress, 'snapshot' | 'totalBytes'>
  readonly #tell: (progress: TransferProgress) => void
  readonly #marks: Mark[] = []
  /** Bytes of parts that are whole. */
  #settledBytes = 0
  #receivedBytes = 0

  constructor(
    clock: Pick<Clock, 'elapsedMs'>,
    whole: Pick<TransferProgress, 'snapshot' | 'totalBytes'>,
    tell: (progress: TransferProgress) => void,
  ) {
    this.#clock = clock
    this.#whole = whole
    this.#tell = tell
  }

  /** `bytes` of the part are there. */
  show(file: string, phase: TransferProgress['phase'], bytes: number): void {
    const done = this.#settledBytes + bytes
    this.#tell({ ...this.#whole, file, phase, bytes: done, bytesPerSecond: this.#speed() })
  }

  /** So many more have come over the wire. */
  receive(bytes: number): void {
    this.#receivedBytes += bytes
    const atMs = this.#clock.elapsedMs()
    const last = this.#marks.at(-1)
    if (last && atMs - last.atMs < markEveryMs) return
    this.#marks.push({ atMs, bytes: this.#receivedBytes })
    while (this.#marks.length > 2 && atMs - (this.#marks[0]?.atMs ?? atMs) > windowMs) {
      this.#marks.shift()
    }
  }

  settle(bytes: number): void {
    this.#settledBytes += bytes
  }

  #speed(): number | null {
    const [first] = this.#marks
    if (!first) return null
    const spentMs = this.#clock.elapsedMs() - first.atMs
    if (spentMs <= 0) return null
    return Math.round(((this.#receivedBytes - first.bytes) * 1000) / spentMs)
  }
}
