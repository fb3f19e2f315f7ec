import type { BusEvent } from '../bus/event.ts'

/** What a transaction asked to happen once it has committed. */
export interface Effects {
  readonly events: BusEvent[]
  readonly afterCommit: (() => void)[]
}

export interface EffectLogger {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Tells each event; a listener that throws is logged, since the rows are already safe. */
export function publishEach(
  events: readonly BusEvent[],
  publish: (event: BusEvent) => void,
  logger: EffectLogger,
): void {
  for (const event of events) {
    try {
      publish(event)
    } catch (error) {
      logger.error({ err: error, topic: event.topic }, 'an event could not be told')
    }
  }
}

/** The rows are already safe, so an effect that throws is logged and the others still run. */
export function runEffects(effects: Effects, logger: EffectLogger): void {
  for (const effect of effects.afterCommit) {
    try {
      effect()
    } catch (error) {
      logger.error({ err: error }, 'an effect after a commit failed')
    }
  }
}
