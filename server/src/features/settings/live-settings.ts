import type { Bus, Listener } from '../../platform/bus/bus.ts'
import type { BusEvent } from '../../platform/bus/event.ts'
import type { Database } from '../../platform/db/database.ts'
import type { OperatorSettings } from './operator-settings.ts'
import { readOperatorLayers } from './operator-layers.ts'
import { fixedLayers, type SettingSpec } from './setting-spec.ts'
import {
  keyOfModelDefault,
  modelDefaults,
  namedSpecs,
  specOf,
  type ModelDefaults,
} from './setting-specs.ts'
import { effectiveOf, type Effective, type LayerValues } from './setting-source.ts'
import { isSettingsEvent } from './settings-event.ts'
import { storedSettings, type StoredSetting } from './store.ts'
import { readValue } from './value-kind.ts'

/** Settings that the server itself goes by, with what they are. */
export interface LiveValues {
  readonly auth: 'open' | 'required'
  readonly BODHI_EXEC_VARIANT: 'cpu' | 'auto'
  readonly BODHI_KEEP_ALIVE_SECS: number
  readonly 'executions-per-provider': number
}

/** A setting as it stands. */
export interface EffectiveSetting extends Effective {
  readonly spec: SettingSpec
  /** Null for none. */
  readonly fallback: unknown
}

export interface LiveSettingsOptions {
  readonly db: Database
  readonly bus: Bus
  readonly operator: OperatorSettings
  /** Hears what is left out because it does not fit, in a sentence that holds no value. */
  readonly onWarning: (message: string) => void
  /** Hears why the stored settings could not be read; they are read again a while later. */
  readonly onError: (error: unknown) => void
}

/** Bounds what a lost event could do; every change is told anyway. */
const rereadMs = 60_000

interface Watching {
  readonly key: string
  last: unknown
  readonly told: (value: unknown) => void
}

/**
 * The settings of the whole server in memory, so that each request can ask for one. What the operator
 * decided stays; the layer of the database is read anew whenever any process changes it.
 */
export class LiveSettings implements Listener, AsyncDisposable {
  /** It needs no rows, so nobody has to hand it any. */
  readonly isListening = false
  readonly #options: LiveSettingsOptions
  readonly #given: ReadonlyMap<string, LayerValues>
  readonly #watching = new Set<Watching>()
  readonly #timer: NodeJS.Timeout
  readonly #subscription: Disposable
  #stored: ReadonlyMap<string, unknown> = new Map()
  #asked = 0
  #applied = 0
  #rereading: Promise<void> = Promise.resolve()
  #isClosed = false

  private constructor(options: LiveSettingsOptions) {
    this.#options = options
    this.#given = readOperatorLayers(options.operator, options.onWarning)
    this.#timer = setInterval(() => this.#reread(), rereadMs)
    this.#timer.unref()
    // Before the first reading, so that no change falls between.
    this.#subscription = options.bus.subscribe(this)
  }

  /** Reads what is stored; throws where it cannot. */
  static async open(options: LiveSettingsOptions): Promise<LiveSettings> {
    const settings = new LiveSettings(options)
    try {
      await settings.reload()
    } catch (error) {
      await settings[Symbol.asyncDispose]()
      throw error
    }
    return settings
  }

  hear(event: BusEvent): void {
    if (isSettingsEvent(event)) this.#reread()
  }

  /** The value that counts now. */
  value<K extends keyof LiveValues>(key: K): LiveValues[K] {
    return toLiveValue(key, this.#effective(key).value)
  }

  /** Tells the value that counts now, and each later one; in this process and at once. */
  watch<K extends keyof LiveValues>(key: K, told: (value: LiveValues[K]) => void): Disposable {
    const tell = (value: unknown): void => told(toLiveValue(key, value))
    const watching = { key, last: this.#effective(key).value, told: tell }
    this.#watching.add(watching)
    tell(watching.last)
    return { [Symbol.dispose]: () => void this.#watching.delete(watching) }
  }

  /** A setting of the whole server, or undefined for a key that is none. */
  effective(key: string): EffectiveSetting | undefined {
    const spec = specOf(key)
    if (!spec || spec.category === 'user_preferences') return undefined
    const { default: fallback = null } = fixedLayers(spec, this.#options.operator)
    return { spec, fallback, ...this.#effective(key) }
  }

  /** The named settings in their order, then the flags that anybody gave. */
  list(): readonly EffectiveSetting[] {
    const named = namedSpecs.map(({ key }) => key)
    const others = [...this.#given.keys(), ...this.#stored.keys()].filter(
      (key) => !named.includes(key),
    )
    const keys = [...named, ...new Set(others.toSorted())]
    return keys.flatMap((key) => this.effective(key) ?? [])
  }

  modelDefaults(): ModelDefaults {
    const given = modelDefaults.map((member) => {
      const { value } = this.#effective(keyOfModelDefault(member))
      return [member, value] as const
    })
    return Object.fromEntries(given.filter(([, value]) => value !== null))
  }

  /** Takes over what is stored now; resolves when it counts. */
  async reload(): Promise<void> {
    this.#asked += 1
    const asked = this.#asked
    const rows = await this.#options.db.run(storedSettings, null)
    // One that was asked for later has seen at least as much.
    if (asked < this.#applied || this.#isClosed) return
    this.#applied = asked
    this.#stored = new Map(rows.flatMap((row) => this.#readStored(row)))
    for (const watching of this.#watching) this.#tell(watching)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#subscription[Symbol.dispose]()
    await this.#rereading
  }

  #effective(key: string): Effective {
    const spec = specOf(key)
    if (!spec) return effectiveOf({})
    const stored = this.#stored.get(key)
    return effectiveOf({
      ...fixedLayers(spec, this.#options.operator),
      ...this.#given.get(key),
      ...(stored !== undefined && { database: stored }),
    })
  }

  #readStored({ key, value: json }: StoredSetting): readonly (readonly [string, unknown])[] {
    const spec = specOf(key)
    if (spec?.isStored !== true) return []
    const read = readValue(spec.kind, JSON.parse(json))
    if ('value' in read) return [[key, read.value]]
    this.#options.onWarning(`The stored setting ${key} ${read.problem}: it is left out`)
    return []
  }

  #tell(watching: Watching): void {
    const { value } = this.#effective(watching.key)
    if (value === watching.last) return
    watching.last = value
    try {
      watching.told(value)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  #reread(): void {
    this.#rereading = this.reload().catch((error: unknown) => {
      // The database may close before an early reading ends.
      if (!this.#isClosed) this.#options.onError(error)
    })
  }
}

/** The cast holds because the setting's kind, or the option behind it, has checked the value. */
function toLiveValue<K extends keyof LiveValues>(_key: K, value: unknown): LiveValues[K] {
  return value as LiveValues[K]
}
