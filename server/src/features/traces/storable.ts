/** Replaces what no database stores in text: U+0000 and lone surrogates. */
export function toStorableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed
}

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
