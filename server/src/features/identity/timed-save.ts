export interface TimedSaveOptions {
  readonly save: () => Promise<void>
  /** Whether something waits to be saved. */
  readonly isHolding: () => boolean
  /** Hears why a save failed; the next one comes when something is noted, or is still held. */
  readonly onError: (error: unknown) => void
  readonly afterMs: number
}

/** Saves what is noted beside requests some time after the first note, one save at a time. */
export class TimedSave implements AsyncDisposable {
  readonly #options: TimedSaveOptions
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: TimedSaveOptions) {
    this.#options = options
  }

  /** Something waits. */
  schedule(): void {
    if (this.#isClosed || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#saving = this.#saveOnTime()
    }, this.#options.afterMs)
    this.#timer.unref()
  }

  /** Waits for the save under way and saves the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#saving
    await this.#options.save()
  }

  async #saveOnTime(): Promise<void> {
    const { save, isHolding, onError } = this.#options
    try {
      await save()
    } catch (error) {
      onError(error)
    }
    this.#timer = undefined
    if (isHolding()) this.schedule()
  }
}
