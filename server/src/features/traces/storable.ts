import { toStorableText } from '../../platform/db/storable-text.ts'

export { toStorableText }

export function toStorableTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [toStorableText(key), toStorableText(value)]),
  )
}

/** PostgreSQL refuses to subtract two times whose difference overflows. */
const maxTime = 1e300

export function toStorableTime(seconds: number): number {
  return Math.max(-maxTime, Math.min(maxTime, seconds))
}
