import type { EngineNews, TracedToken } from '../engine-protocol.ts'

/** Tokens that come faster than this travel in one message. */
const gatherMs = 4

/**
 * Where the tokens of one job leave for the parent, no more of them than it has given credit for.
 * The first goes at once, later ones with what came within a few milliseconds.
 */
export class TokenOutlet {
  readonly #send: (news: EngineNews) => void
  readonly #id: number
  #credit: number
  #wake: (() => void) | null = null
  #text = ''
  #count = 0
  #traced: TracedToken[] | null = null
  #sentAtMs = 0

  constructor(send: (news: EngineNews) => void, id: number, credit: number) {
    this.#send = send
    this.#id = id
    this.#credit = credit
  }

  /** Text that has become showable with a token, and the token itself where it is traced. */
  add(text: string, traced: TracedToken | null): void {
    this.#text += text
    this.#count += 1
    this.#credit -= 1
    if (traced !== null) (this.#traced ??= []).push(traced)
    if (performance.now() - this.#sentAtMs >= gatherMs) this.flush()
  }

  /** Text without a token: what was held back. */
  addText(text: string): void {
    this.#text += text
  }

  flush(): void {
    if (this.#count === 0 && this.#text === '') return
    this.#send({
      type: 'tokens',
      id: this.#id,
      text: this.#text,
      count: this.#count,
      tokens: this.#traced,
    })
    this.#text = ''
    this.#count = 0
    this.#traced = null
    this.#sentAtMs = performance.now()
  }

  get hasCredit(): boolean {
    return this.#credit > 0
  }

  give(tokens: number): void {
    this.#credit += tokens
    if (this.#credit <= 0) return
    this.#wake?.()
    this.#wake = null
  }

  /** Resolves once there is credit, or the signal says that none is needed. */
  async refilled(signal: AbortSignal): Promise<void> {
    if (this.hasCredit || signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done)
    })
  }
}
