import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import { fromKeyValues } from './values.ts'

export type Entries = readonly (readonly [string, unknown])[]

/** What all spans of one resource and scope have in common. */
export interface Origin {
  /** Attributes that each of the spans takes over. */
  readonly entries: Entries
  /** What they take as JSON. */
  readonly length: number
  /** Null when the resource does not tell. */
  readonly sdkLanguage: string | null
}

const languageKey = 'otel.resource.telemetry.sdk.language'

export function originOf(resource: unknown, scope: unknown): Origin {
  const ofResource = resourceEntries(resource)
  const entries = [...ofResource, ...scopeEntries(scope)]
  const language = ofResource.findLast(([key]) => key === languageKey)?.[1]
  return {
    entries,
    length: JSON.stringify(entries).length,
    sdkLanguage: typeof language === 'string' && language !== '' ? toSdkLanguage(language) : null,
  }
}

/** In the words of Beacon's SDKs. Source: beacon contract §12. */
function toSdkLanguage(language: string): string {
  return language === 'nodejs' || language === 'webjs' ? 'javascript' : language
}

function resourceEntries(resource: unknown): Entries {
  return isJsonObject(resource) ? prefixed('otel.resource.', resource['attributes']) : []
}

function scopeEntries(scope: unknown): Entries {
  if (!isJsonObject(scope)) return []
  const { name, version }: JsonObject = scope
  const named: Entries = [
    ['otel.scope.name', name],
    ['otel.scope.version', version],
  ]
  const isText = ([, value]: Entries[number]) => typeof value === 'string' && value !== ''
  return [...named.filter(isText), ...prefixed('otel.scope.', scope['attributes'])]
}

function prefixed(prefix: string, keyValues: unknown): Entries {
  return Object.entries(fromKeyValues(keyValues)).map(([key, value]) => [prefix + key, value])
}
