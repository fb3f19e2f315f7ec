/** A call that has begun, by what the provider calls it. */
export interface SeenCall {
  readonly id: string
  readonly index: number | null
}

interface CallDelta {
  readonly index?: number | null | undefined
  readonly id?: string | null | undefined
}

/** Where a delta belongs. */
export interface PlacedCall {
  /** The calls so far, this one among them. */
  readonly calls: readonly SeenCall[]
  /** Of the call among them, from 0 in the order in which they began. */
  readonly index: number
  /** Given by us where the provider gives none. */
  readonly id: string
  readonly isNew: boolean
}

/** Finds the call that a delta of OpenAI's stream goes on with, or begins one. */
export function placeCallDelta(calls: readonly SeenCall[], delta: CallDelta): PlacedCall {
  const at = findCall(calls, delta)
  const known = calls[at]
  if (known) return { calls, index: at, id: known.id, isNew: false }
  const index = calls.length
  const id = delta.id || `call_${index}`
  return { calls: [...calls, { id, index: delta.index ?? null }], index, id, isNew: true }
}

/**
 * The call that a delta goes on with, or -1 for a new one. OpenAI goes by index; some servers
 * leave it out or give every call the same, but then each call begins with an id of its own.
 */
function findCall(calls: readonly SeenCall[], { index, id }: CallDelta): number {
  const hasIndex = index !== null && index !== undefined
  const at = hasIndex ? calls.findLastIndex((call) => call.index === index) : calls.length - 1
  return id && id !== calls[at]?.id ? calls.findLastIndex((call) => call.id === id) : at
}
