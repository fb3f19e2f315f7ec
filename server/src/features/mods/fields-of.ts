import { isJsonObject, type JsonObject } from '../../platform/json.ts'

/** The members of what may be an object; of anything else none. */
export function fieldsOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}
