import { DomainError } from '../../../platform/domain-error.ts'
import { hashPassword, verifyPassword, type PasswordVerdict } from './passwords.ts'

export interface Hasher {
  hash(password: string): Promise<string>
  verify(password: string, stored: string | null): Promise<PasswordVerdict>
}

const hashesAtOnce = 2

/** About two seconds of waiting; whoever comes later is told to come again. */
const mostWaiting = 64

/**
 * Where passwords are hashed: at most two at once, since each takes a core and 19 MiB. The others
 * wait in order; past 64 of them it throws `unavailable` (retryable). One for the whole process.
 */
export class PasswordRoom {
  readonly #hasher: Hasher
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(hasher: Hasher = { hash: hashPassword, verify: verifyPassword }) {
    this.#hasher = hasher
  }

  /** The PHC string of a new password. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => this.#hasher.hash(password))
  }

  /** Takes as long without a stored hash as with one. */
  verify(password: string, stored: string | null): Promise<PasswordVerdict> {
    return this.#inTurn(() => this.#hasher.verify(password, stored))
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < hashesAtOnce) {
      this.#running += 1
      return
    }
    if (this.#waiting.length >= mostWaiting) {
      throw new DomainError('unavailable', 'Too many logins at once, try again in a moment', {
        retryable: true,
      })
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Hands the place on rather than to free it, so that nobody overtakes who waits. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#running -= 1
  }
}
