import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { Uses } from '../uses.ts'

const purpose = 'session-data'

/** What a session keeps, as it is stored; nothing is stored as null. */
export function sealData({ vault }: Uses<'vault'>, data: JsonObject): string | null {
  return Object.keys(data).length === 0 ? null : vault.seal(JSON.stringify(data), purpose)
}

/** @throws DomainError `precondition` for what another master key has sealed. */
export function openData({ vault }: Uses<'vault'>, sealed: string | null): JsonObject {
  if (sealed === null) return {}
  const data: unknown = JSON.parse(vault.open(sealed, purpose))
  return isJsonObject(data) ? data : {}
}
