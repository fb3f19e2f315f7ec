import { planRoom, type Tenant } from './engine-budget.ts'
import { notReady } from './engine-fault.ts'
import type { EngineModel } from './engine-model.ts'

export interface RoomOptions {
  readonly budgetBytes: number
  /** How long a newcomer waits for what runs in those that have to go. */
  readonly drainMs: number
  readonly models: () => Iterable<EngineModel>
}

/**
 * Hands out memory: one newcomer after the other, in the order in which they asked. Idle models go
 * at once. Where that is not enough the newcomer waits for busy ones, which let nobody else in
 * meanwhile; after `drainMs` it is refused and they go on, so that no stream is ever cut.
 */
export class EngineRoom {
  readonly #options: RoomOptions
  #tail: Promise<void> = Promise.resolve()
  #change = Promise.withResolvers<void>()

  constructor(options: RoomOptions) {
    this.#options = options
  }

  /** Ends in `start` or `refuse` of the model. */
  ask(model: EngineModel): void {
    this.#tail = this.#tail.then(() => this.#place(model))
  }

  /** Who waits looks again. */
  noteChange(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  /**
   * Models may turn out larger than thought, and busy ones do not go for that. So whenever one is
   * loaded or comes to rest the idle others go, where they are enough.
   */
  trim(kept: EngineModel): void {
    const plan = planRoom(this.#options.budgetBytes, kept.memoryBytes, this.#tenants(kept))
    if (plan.kind === 'evict') for (const model of plan.models) model.drain()
  }

  async #place(model: EngineModel): Promise<void> {
    const limit = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => limit.resolve('late'), this.#options.drainMs)
    const drained = new Set<EngineModel>()
    try {
      for (;;) {
        const changed = this.#change.promise
        const plan = planRoom(this.#options.budgetBytes, model.memoryBytes, this.#tenants(model))
        if (plan.kind === 'fits' || !model.isWanted) {
          model.start()
          return
        }
        for (const leaving of plan.models) {
          drained.add(leaving)
          leaving.drain()
        }
        if ((await Promise.race([changed, limit.promise])) === 'late') {
          model.refuse(notReady(`no memory for ${model.plan.name}: other models are at work`, 5))
          return
        }
      }
    } finally {
      clearTimeout(timer)
      for (const leaving of drained) leaving.reopen()
    }
  }

  #tenants(except: EngineModel): readonly Tenant<EngineModel>[] {
    return [...this.#options.models()].flatMap((model) => {
      const held = model === except ? null : model.describe()
      if (!held) return []
      const { memoryBytes: bytes, state } = held
      return [{ model, bytes, state, isIdle: model.isIdle, lastUsedMs: model.lastUsedMs }]
    })
  }
}
