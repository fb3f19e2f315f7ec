import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '../../platform/domain-error.ts'

const busyPauseMs = 50

/** Waits for a place where templates and schemas are run: that there is none is nobody's fault. */
export async function untilFree<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isBusy = error instanceof DomainError && error.code === 'unavailable'
      if (!isBusy || signal.aborted) throw error
      await sleep(busyPauseMs, undefined, { signal })
    }
  }
}
