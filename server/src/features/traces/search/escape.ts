/** Text as it stands between the quotes of a JSON string. */
export function toEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The same by a serialiser that writes everything outside ASCII as an escape. */
export function toAsciiEscaped(text: string): string {
  return toEscaped(text).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
