import type { Clock } from '../../platform/clock.ts'
import type { ModelTarget, ResolvedModel } from './resolved-model.ts'

type Target = Pick<ModelTarget, 'connection' | 'model'>

/** A target that never recovers is forgotten after a day, and more than so many at once are too. */
const longestSeconds = 86_400
const mostResting = 10_000

/**
 * Targets of routers that failed and are not to be asked for a while. It lives in one process: what
 * another learned costs one more failed attempt, and nothing else.
 */
export class RestingTargets {
  readonly #clock: Clock
  /** When each may be asked again, on the clock of `elapsedMs`. */
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Says that a target failed by its own fault. `retryAfterSeconds` is what it said of when to come
   * again. Does nothing for names whose targets do not rest.
   */
  rest(resolved: ResolvedModel, target: Target, retryAfterSeconds: number | null = null): void {
    const { alias, cooldown } = resolved
    if (alias === null || cooldown === null) return
    const asked = cooldown.honorsRetryAfter ? (retryAfterSeconds ?? 0) : 0
    const seconds = Math.min(longestSeconds, Math.max(cooldown.seconds, asked))
    if (!(seconds > 0)) return
    const now = this.#clock.elapsedMs()
    if (this.#until.size >= mostResting) this.#forget(now)
    this.#until.set(keyOf(alias, target), now + seconds * 1000)
  }

  isResting(alias: string, target: Target): boolean {
    const until = this.#until.get(keyOf(alias, target))
    return until !== undefined && this.#clock.elapsedMs() < until
  }

  #forget(now: number): void {
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key)
    if (this.#until.size >= mostResting) this.#until.clear()
  }
}

function keyOf(alias: string, { connection, model }: Target): string {
  return JSON.stringify([alias, connection.name, model])
}
