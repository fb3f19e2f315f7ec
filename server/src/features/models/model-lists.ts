import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { askForModels, type ModelsAnswer, type ProviderModel } from './ask-for-models.ts'
import type { Connection } from './connection.ts'

export interface ListLimits {
  /** How long a list counts as fresh. */
  readonly freshMs: number
  /** When a provider that failed is asked again. */
  readonly retryMs: number
  /** The longest that a caller waits for providers that never told their models. */
  readonly waitMs: number
  /** The longest that one provider is waited for, behind the callers' backs. */
  readonly askMs: number
}

const usualLimits: ListLimits = {
  freshMs: 300_000,
  retryMs: 30_000,
  waitMs: 2_000,
  askMs: 10_000,
}

export interface ModelListsOptions {
  readonly clock: Clock
  readonly limits: Partial<ListLimits>
  /** Hears of bugs: what a provider does is an answer and no error. */
  readonly onError: (error: unknown) => void
}

/** A connection whose models are wanted. */
export interface ListSource {
  readonly name: string
  /** Changes with whatever the answer depends on: address, key. */
  readonly identity: string
  /** Opens its key; done only when it is asked. May throw DomainError. */
  open(): Connection
}

/** The last list that a provider gave, and what became of the last question. */
export interface KeptList {
  readonly models: readonly ProviderModel[]
  readonly ids: ReadonlySet<string>
  /** Null until the first question is answered. */
  readonly answer: ModelsAnswer | null
  /** Unix seconds. */
  readonly checkedAt: number | null
}

interface Entry extends KeptList {
  readonly identity: string
  /** When it is to be asked again, on the clock of `elapsedMs`. */
  readonly dueMs: number
  readonly asking: Promise<void> | null
  /** Whether it was waited for in vain; nobody waits for the same question again. */
  readonly isLate: boolean
}

/**
 * The models of each provider as it told them last. A list is fresh for five minutes; after that it
 * is still given, while one question for a newer one runs behind it. A failure keeps the last list
 * and is tried again half a minute later. Only providers that never answered are waited for, all at
 * once and two seconds at most, so that a dead one holds nobody up.
 */
export class ModelLists implements AsyncDisposable {
  readonly #clock: Clock
  readonly #limits: ListLimits
  readonly #entries = new Map<string, Entry>()
  readonly #onError: (error: unknown) => void
  readonly #stop = new AbortController()

  constructor({ clock, limits, onError }: ModelListsOptions) {
    this.#clock = clock
    this.#limits = { ...usualLimits, ...limits }
    this.#onError = onError
  }

  /** The lists by name of connection; those of connections no longer named are forgotten. */
  async read(
    sources: readonly ListSource[],
    upstream: Upstream,
  ): Promise<ReadonlyMap<string, KeptList>> {
    this.#forgetAllBut(sources)
    const entries = sources.map((source) => this.#ask(source, upstream))
    const unknown = entries.filter(({ answer, isLate }) => !answer && !isLate)
    if (unknown.length > 0) await this.#waitFor(unknown)
    return new Map(sources.map(({ name }) => [name, this.#entries.get(name) ?? nothing]))
  }

  /** The last list of a connection, without asking for one. */
  kept(name: string): KeptList | undefined {
    return this.#entries.get(name)
  }

  /** Asks now and waits for the answer, which is kept. */
  async check(source: ListSource, upstream: Upstream, limitMs: number): Promise<ModelsAnswer> {
    const answer = await this.#answerOf(source, upstream, limitMs)
    this.#keep(source, answer)
    return answer
  }

  /** Ends the questions under way; no list is asked for any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort('the server stops')
    await Promise.all([...this.#entries.values()].flatMap(({ asking }) => asking ?? []))
  }

  #ask(source: ListSource, upstream: Upstream): Entry {
    const known = this.#entries.get(source.name)
    const entry = known?.identity === source.identity ? known : undefined
    if (entry && (entry.asking || this.#clock.elapsedMs() < entry.dueMs)) return entry
    const { identity } = source
    const asking = this.#answerOf(source, upstream, this.#limits.askMs).then((answer) => {
      // A change of the connection meanwhile has begun an entry of its own.
      if (this.#entries.get(source.name)?.asking === asking) this.#keep(source, answer)
    })
    const asked = { ...(entry ?? nothing), identity, dueMs: 0, asking, isLate: false }
    this.#entries.set(source.name, asked)
    return asked
  }

  async #answerOf(source: ListSource, upstream: Upstream, limitMs: number): Promise<ModelsAnswer> {
    const { signal } = this.#stop
    try {
      return await askForModels(upstream, () => source.open(), { limitMs, signal })
    } catch (error) {
      // Nobody may be waiting, so nobody could be told.
      this.#onError(error)
      return { status: 'unreachable', reason: 'It could not be asked' }
    }
  }

  #keep({ name, identity }: ListSource, answer: ModelsAnswer): void {
    const { freshMs, retryMs } = this.#limits
    const known = this.#entries.get(name)
    const last = known?.identity === identity ? known : nothing
    const isListed = answer.status === 'listed'
    const models = isListed ? answer.models : last.models
    this.#entries.set(name, {
      identity,
      models,
      ids: isListed ? new Set(models.map(({ id }) => id)) : last.ids,
      answer,
      checkedAt: this.#clock.nowSeconds(),
      dueMs: this.#clock.elapsedMs() + (isListed ? freshMs : retryMs),
      asking: null,
      isLate: false,
    })
  }

  async #waitFor(unknown: readonly Entry[]): Promise<void> {
    const over = new AbortController()
    const limit = wait(this.#limits.waitMs, undefined, { signal: over.signal, ref: false })
    const answered = Promise.all(unknown.flatMap(({ asking }) => asking ?? []))
    await Promise.race([answered, limit.catch(() => undefined)])
    over.abort()
    for (const [name, entry] of this.#entries) {
      if (unknown.includes(entry)) this.#entries.set(name, { ...entry, isLate: true })
    }
  }

  #forgetAllBut(sources: readonly ListSource[]): void {
    if (this.#entries.size <= sources.length) return
    const names = new Set(sources.map(({ name }) => name))
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name)
  }
}

const nothing: KeptList = { models: [], ids: new Set(), answer: null, checkedAt: null }
