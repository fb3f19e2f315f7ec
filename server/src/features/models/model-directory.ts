import type { Listener } from '../../platform/bus/bus.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/db/database.ts'
import { storedModels, type StoredModels } from './alias-store.ts'
import type { StoredConnection } from './connection.ts'
import type { ModelAlias } from './model-alias.ts'
import { ModelLists, type ListLimits } from './model-lists.ts'
import { isModelsEvent } from './models-event.ts'
import type { RequestDefaults } from './request-defaults.ts'
import { RestingTargets } from './resting-targets.ts'

/** What is stored of aliases and connections at one moment; keys stay sealed. */
export interface ModelSnapshot {
  /** In the order of their names. */
  readonly aliases: ReadonlyMap<string, ModelAlias>
  readonly connections: ReadonlyMap<string, StoredConnection>
  /** Those whose models have a prefix, the longest first. */
  readonly prefixed: readonly PrefixedConnection[]
}

export interface PrefixedConnection extends StoredConnection {
  readonly prefix: string
}

export interface ModelDirectoryOptions {
  readonly db: Database
  readonly clock: Clock
  /** Hears why a provider could not be asked for its models, where that is not its own fault. */
  readonly onError: (error: unknown) => void
  readonly limits?: Partial<ListLimits>
  /** What the server adds to requests below what aliases add; asked at each call. */
  readonly serverDefaults?: () => RequestDefaults
}

interface Flight {
  readonly generation: number
  readonly loading: Promise<ModelSnapshot>
}

/** Bounds what a lost event could do; every change is told anyway. */
const maxAgeMs = 60_000

/**
 * What a call has to know of aliases and connections, in memory, so that it costs no read. Every
 * write tells all processes of it, after the commit; whoever asks after having heard gets what is
 * stored now. A load that began before a change was heard is given to those who asked before it, and
 * is not kept. The models that providers list are kept beside it, and which targets rest.
 */
export class ModelDirectory implements Listener, AsyncDisposable {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly lists: ModelLists
  readonly serverDefaults: () => RequestDefaults
  readonly #db: Database
  readonly #clock: Clock
  readonly #resting: RestingTargets
  #generation = 0
  #kept: { readonly snapshot: ModelSnapshot; readonly loadedMs: number } | undefined
  #flight: Flight | undefined

  constructor({ db, clock, onError, limits = {}, ...given }: ModelDirectoryOptions) {
    this.serverDefaults = given.serverDefaults ?? (() => ({}))
    this.#db = db
    this.#clock = clock
    this.lists = new ModelLists({ clock, limits, onError })
    this.#resting = new RestingTargets(clock)
  }

  hear(event: BusEvent): void {
    if (!isModelsEvent(event)) return
    this.#generation += 1
    this.#kept = undefined
  }

  /** The newest that this process knows of; those who ask at once share one read. */
  async snapshot(): Promise<ModelSnapshot> {
    const kept = this.#kept
    if (kept && this.#clock.elapsedMs() - kept.loadedMs < maxAgeMs) return kept.snapshot
    if (this.#flight?.generation === this.#generation) return this.#flight.loading
    const flight = { generation: this.#generation, loading: this.#load(this.#generation) }
    this.#flight = flight
    return flight.loading.finally(() => {
      if (this.#flight === flight) this.#flight = undefined
    })
  }

  /** @see RestingTargets.rest */
  restTarget(...failure: Parameters<RestingTargets['rest']>): void {
    this.#resting.rest(...failure)
  }

  /** Whether a target of that alias is to be passed over while others remain. */
  isResting(...place: Parameters<RestingTargets['isResting']>): boolean {
    return this.#resting.isResting(...place)
  }

  /** Ends the questions to providers that are under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.lists[Symbol.asyncDispose]()
  }

  async #load(generation: number): Promise<ModelSnapshot> {
    const loadedMs = this.#clock.elapsedMs()
    const snapshot = toSnapshot(await this.#db.run(storedModels, null))
    if (generation === this.#generation) this.#kept = { snapshot, loadedMs }
    return snapshot
  }
}

function toSnapshot({ aliases, connections }: StoredModels): ModelSnapshot {
  const prefixed = connections.filter(hasPrefix)
  return {
    aliases: new Map(aliases.map((alias) => [alias.name, alias])),
    connections: new Map(connections.map((connection) => [connection.name, connection])),
    prefixed: prefixed.toSorted((one, two) => two.prefix.length - one.prefix.length),
  }
}

function hasPrefix(connection: StoredConnection): connection is PrefixedConnection {
  return connection.prefix !== null
}
