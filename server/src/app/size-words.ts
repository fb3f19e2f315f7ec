const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** A number of bytes for people: `4.3 GB`. */
export function sizeWords(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** A time that is left, for people: `0:48`, `1:02:03`. */
export function timeWords(seconds: number): string {
  const whole = Math.ceil(seconds)
  const two = (count: number): string => String(count).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const rest = `${hours > 0 ? two(minutes) : minutes}:${two(whole % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
