import { placeCallDelta, type SeenCall } from '../../features/completion/index.ts'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'

interface PassedDelta {
  readonly calls: readonly SeenCall[]
  readonly delta: unknown
}

/**
 * A delta whose calls are numbered as they began, each beginning with its id, type and name and not
 * repeating them. Some servers leave the number out, give every call the same, or say all each time.
 */
export function passCalls(known: readonly SeenCall[], delta: unknown): PassedDelta {
  const given = isJsonObject(delta) ? delta['tool_calls'] : undefined
  if (!isJsonObject(delta) || !Array.isArray(given) || given.length === 0) {
    return { calls: known, delta }
  }
  let calls = known
  const passed = given.map((call: unknown) => {
    if (!isJsonObject(call)) return call
    const { index, id, isNew, ...placed } = placeCallDelta(calls, namesOf(call))
    ;({ calls } = placed)
    return isNew ? beginning(call, { index, id }) : continuing(call, index)
  })
  return { calls, delta: { ...delta, tool_calls: passed } }
}

function namesOf({ id, index }: JsonObject) {
  return {
    id: typeof id === 'string' ? id : null,
    index: typeof index === 'number' ? index : null,
  }
}

function beginning(call: JsonObject, { index, id }: { index: number; id: string }): JsonObject {
  const type = call['type'] ?? (isJsonObject(call['custom']) ? 'custom' : 'function')
  return { ...withText(call), index, id, type }
}

function continuing({ id: _id, type: _type, ...call }: JsonObject, index: number): JsonObject {
  const { function: called } = call
  if (!isJsonObject(called)) return { ...call, index }
  const { name: _name, ...more } = called
  return withText({ ...call, index, function: more })
}

/** Some servers send the arguments themselves and not their text. */
function withText(call: JsonObject): JsonObject {
  const { function: called } = call
  const given = isJsonObject(called) ? (called['arguments'] ?? null) : null
  if (!isJsonObject(called) || given === null || typeof given === 'string') return call
  return { ...call, function: { ...called, arguments: JSON.stringify(given) } }
}
