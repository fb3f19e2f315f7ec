/** OTLP times: Unix nanoseconds on the wire, Unix seconds inside. */

const wholeNanos = /^-?\d{1,20}$/
const fractionDigits = 9

/**
 * The double nearest to a time in nanoseconds; undefined when the value is not one. Whole text is
 * read digit by digit, because a double cannot hold today's nanoseconds. Only times that fit 64
 * bits are read so; longer text is a plain number.
 */
export function secondsOfNanos(nanos: unknown): number | undefined {
  if (typeof nanos === 'string' && wholeNanos.test(nanos)) return secondsOfDigits(nanos)
  const number = typeof nanos === 'string' && nanos.trim() !== '' ? Number(nanos) : nanos
  return typeof number === 'number' && Number.isFinite(number) ? number / 1e9 : undefined
}

function secondsOfDigits(text: string): number {
  const sign = text.startsWith('-') ? '-' : ''
  const digits = text.slice(sign.length).padStart(fractionDigits + 1, '0')
  return Number(`${sign}${digits.slice(0, -fractionDigits)}.${digits.slice(-fractionDigits)}`)
}

/**
 * Unix seconds as whole nanoseconds in text. Starts from the shortest decimal that means the same
 * double, so that a time given in microseconds comes out with three zeros and not with the noise
 * of binary fractions.
 */
export function nanosOfSeconds(seconds: number): string {
  if (Math.abs(seconds) >= 1e21) return String(BigInt(seconds) * 1_000_000_000n)
  const shortest = String(seconds)
  const isPlain = !shortest.includes('e') && fractionOf(shortest).length <= fractionDigits
  const text = isPlain ? shortest : seconds.toFixed(fractionDigits)
  const fraction = fractionOf(text)
  const whole = fraction === '' ? text : text.slice(0, -fraction.length - 1)
  return withoutLeadingZeros(whole + fraction.padEnd(fractionDigits, '0'))
}

function withoutLeadingZeros(digits: string): string {
  if (!digits.startsWith('0') && !digits.startsWith('-')) return digits
  return String(BigInt(digits))
}

/**
 * What is missing of a time in whole nanoseconds once it is the double `seconds`: to be added to
 * `nanosOfSeconds`. Null when nothing is, or the time was not given as digits.
 */
export function restOfNanos(nanos: unknown, seconds: number): number | null {
  if (typeof nanos !== 'string' || !wholeNanos.test(nanos)) return null
  const kept = nanosOfSeconds(seconds)
  return nanos === kept ? null : Number(BigInt(nanos) - BigInt(kept)) || null
}

/** The nanoseconds that `secondsOfNanos` and `restOfNanos` were made from. */
export function exactNanos(seconds: number, rest: number | null): string {
  const nanos = nanosOfSeconds(seconds)
  return rest === null ? nanos : String(BigInt(nanos) + BigInt(rest))
}

function fractionOf(text: string): string {
  const point = text.indexOf('.')
  return point < 0 ? '' : text.slice(point + 1)
}
