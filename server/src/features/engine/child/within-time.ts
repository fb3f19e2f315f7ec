import { createContext, Script, type Context } from 'node:vm'

/** Runs work that somebody else wrote the input of, and that may therefore never come to an end. */
export class TimeLimit {
  readonly #context: Context
  readonly #script = new Script('work()')
  readonly #limitMs: number
  #work: () => unknown = () => undefined

  constructor(limitMs: number) {
    this.#limitMs = limitMs
    this.#context = createContext({ work: () => this.#work() })
  }

  /** The script's watchdog ends whatever it called, ours included; then this throws. */
  run(work: () => string): string {
    this.#work = work
    return String(this.#script.runInContext(this.#context, { timeout: this.#limitMs }))
  }
}
