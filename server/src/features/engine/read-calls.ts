import { isJsonObject } from '../../platform/json.ts'

/** A call of a tool; `arguments` is JSON text. */
export interface CalledTool {
  readonly name: string
  readonly arguments: string
}

/**
 * The calls in a JSON text of a model: one object or a list of them, each in one of the forms that
 * models are trained on (`arguments` or `parameters`, bare or inside `function`). Undefined for
 * anything else, and for a list of which one is no call.
 */
export function readCalls(text: string): readonly CalledTool[] | undefined {
  const value = parsed(text)
  const list = Array.isArray(value) ? value : [value]
  const calls = list.map(readCall)
  const isAll = calls.length > 0 && calls.every((call) => call !== undefined)
  return isAll ? calls : undefined
}

function readCall(value: unknown): CalledTool | undefined {
  if (!isJsonObject(value)) return undefined
  const inner = isJsonObject(value['function']) ? value['function'] : value
  const name = inner['name'] ?? inner['function']
  if (typeof name !== 'string' || name === '') return undefined
  const given = inner['arguments'] ?? inner['parameters'] ?? {}
  if (typeof given === 'string') return { name, arguments: given }
  return isJsonObject(given) ? { name, arguments: JSON.stringify(given) } : undefined
}

/** `name{…}`, as between the tags of a function. */
export function readNamedCall(name: string, text: string): readonly CalledTool[] | undefined {
  const value = text.trim() === '' ? {} : parsed(text)
  if (name.trim() === '' || !isJsonObject(value)) return undefined
  return [{ name: name.trim(), arguments: JSON.stringify(value) }]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
