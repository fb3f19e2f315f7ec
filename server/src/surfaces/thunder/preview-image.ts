import { DomainError } from '../../platform/domain-error.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'
import { drawLog, drawSvg } from './preview-jobs.ts'
import { playgroundPreviewSvg } from './preview-svg.ts'

const maxKept = 64
/** Anybody may ask for pictures, and the thread that draws them has other work as well. */
const maxDrawing = 16

/**
 * Previews as PNG. The last few are kept by what they show, so a picture is never older than what
 * it was asked for; whoever asks has to be let in before.
 */
export class PreviewImages {
  readonly #workroom: Pick<Workroom, 'run'>
  readonly #kept = new Map<string, Promise<Uint8Array>>()
  #drawing = 0

  constructor(workroom: Pick<Workroom, 'run'>) {
    this.#workroom = workroom
  }

  /** `state` names a log and its revision. Throws `unavailable` while too many are being drawn. */
  ofLog(state: string, rest: Uint8Array): Promise<Uint8Array> {
    return this.#kept.get(state) ?? this.#keep(state, () => this.#workroom.run(drawLog, { rest }))
  }

  ofPlayground(): Promise<Uint8Array> {
    const draw = () => this.#workroom.run(drawSvg, { svg: playgroundPreviewSvg() })
    return this.#kept.get('playground') ?? this.#keep('playground', draw)
  }

  async #keep(key: string, draw: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#drawing >= maxDrawing) {
      throw new DomainError('unavailable', 'Too many previews are being drawn', { retryable: true })
    }
    this.#drawing += 1
    const drawn = draw().finally(() => {
      this.#drawing -= 1
    })
    this.#kept.set(key, drawn)
    drawn.catch(() => this.#kept.delete(key))
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest)
    return drawn
  }
}
