import { DomainError } from '../../platform/domain-error.ts'
import type { ActivationPowers } from './powers.ts'

/** Words of the wire for what fails here. Source: thunder contract §7. */
export type StoreFault = 'INDEX_WRITE_FAILED' | 'INDEX_READ_FAILED' | 'DB_READ_FAILED'

export function runNotFound(): DomainError {
  return new DomainError('not-found', 'No such activation run')
}

/**
 * Runs a question to the store. A failure of the store, which is logged, becomes the wire's word
 * for it; what a verb says itself goes through.
 */
export async function asking<T>(
  { log }: Pick<ActivationPowers, 'log'>,
  errorCode: StoreFault,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof DomainError && cause.code !== 'unavailable') throw cause
    log.error({ err: cause }, 'activation runs could not be read or stored')
    // A store that is only busy says so: the same request may go well in a moment.
    const status = cause instanceof DomainError ? 503 : 500
    const message = 'Activation runs cannot be read or stored now; the log knows why'
    throw new DomainError('unavailable', message, { details: { status, errorCode }, cause })
  }
}
