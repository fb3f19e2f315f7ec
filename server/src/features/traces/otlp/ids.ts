/** Ids as OTLP carries them. */

/** The greatest length that a key of either database takes. */
const maxIdLength = 512

/** Any text that can be stored as it is: the rule for spans of the SDKs. */
export function isOpaqueId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxIdLength &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
}

const hexadecimal = /^[\da-f]+$/i

/** An id of so many bytes in lower case; undefined for anything else and for one that is all zero. */
export function toHexId(value: unknown, sizeBytes: number): string | undefined {
  if (typeof value !== 'string' || value.length !== sizeBytes * 2) return undefined
  if (!hexadecimal.test(value) || isZero(value)) return undefined
  return value.toLowerCase()
}

/** True for nothing, the empty text and zeros, all of which mean that there is no id. */
export function isNoId(value: unknown): boolean {
  return value === undefined || value === null || value === '' || isZero(value)
}

function isZero(value: unknown): boolean {
  return typeof value === 'string' && /^0+$/.test(value)
}
