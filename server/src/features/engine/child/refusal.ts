import type { EngineRefusal } from '../engine-protocol.ts'

/** Thrown for what a model cannot load or do; the parent gets the refusal as it is. */
export class RefusedError extends Error {
  readonly refusal: EngineRefusal

  constructor(refusal: EngineRefusal) {
    super(refusal.message)
    this.name = 'RefusedError'
    this.refusal = refusal
  }
}

/** A field of the request that cannot be as it is. */
export function badField(param: string, message: string, code = 'invalid_value'): RefusedError {
  return new RefusedError({ status: 400, code, message, param })
}

/** What the parent is told of anything that was thrown; a fault of our own is a 500. */
export function asRefusal(error: unknown, code: string): EngineRefusal {
  if (error instanceof RefusedError) return error.refusal
  return { status: 500, code, message: error instanceof Error ? error.message : String(error) }
}
