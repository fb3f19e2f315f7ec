/** The first and the last moment that four digits of a year can write, in Unix seconds. */
const earliest = -62_167_219_200
const latest = 253_402_300_799

/** The nearest time that RFC 3339 can write. */
export function toWritableTime(seconds: number): number {
  return Math.max(earliest, Math.min(latest, seconds))
}

/**
 * Unix seconds as RFC 3339 in UTC: no fraction when it is zero, else three or six digits. A time
 * outside the years 0 to 9999 becomes the nearest one inside.
 */
export function toRfc3339(seconds: number): string {
  const micros = Math.round(toWritableTime(seconds) * 1e6)
  const whole = new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19)
  const rest = ((micros % 1e6) + 1e6) % 1e6
  if (rest === 0) return `${whole}Z`
  const digits = String(rest).padStart(6, '0')
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}
