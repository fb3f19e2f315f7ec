/** A word of another process may be lost with its connection, so one looks now and then. */
const lookEveryMs = 1000

export interface Waiting {
  /** Whether it has come. */
  look(): Promise<boolean>
  /** Calls `tell` at each word that it may have come. */
  watch(tell: () => void): Disposable
  readonly seconds: number
  /** Each of them ends the wait. */
  readonly signals: readonly AbortSignal[]
}

/**
 * Waits until something has come; false where it has not within the time, or a signal was aborted.
 * It is looked for at first, at each word, and every second.
 */
export async function waitUntil({ look, watch, seconds, signals }: Waiting): Promise<boolean> {
  const { promise: over, resolve: giveUp } = Promise.withResolvers<'over'>()
  const end = (): void => giveUp('over')
  const timer = setTimeout(end, seconds * 1000)
  const left = AbortSignal.any([...signals])
  left.addEventListener('abort', end, { once: true })
  if (left.aborted) end()
  let tell: (() => void) | undefined
  using _watching = watch(() => tell?.())
  try {
    for (;;) {
      const told = Promise.withResolvers<'told'>()
      tell = () => told.resolve('told')
      if (await look()) return true
      const looking = setTimeout(tell, lookEveryMs)
      const what = await Promise.race([over, told.promise])
      clearTimeout(looking)
      if (what === 'over') return await look()
    }
  } finally {
    clearTimeout(timer)
    left.removeEventListener('abort', end)
  }
}
