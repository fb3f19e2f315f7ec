import { DomainError } from '../../platform/domain-error.ts'

/** For how long: a duration such as `5m`, or seconds; 0 lets it go at once, less keeps it for ever. */
export type KeepAlive = string | number | null

const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

/**
 * The time in seconds; less than 0 for ever, null where nobody said.
 * @throws DomainError `invalid` for a text that is no duration. Source: Ollama's API reference.
 */
export function keepAliveSeconds(keepAlive: KeepAlive): number | null {
  if (keepAlive === null) return null
  if (typeof keepAlive === 'number') return Number.isNaN(keepAlive) ? null : keepAlive
  const [, sign, text = ''] = /^([-+]?)(.*)$/su.exec(keepAlive.trim()) ?? []
  const seconds = /^\d+(?:\.\d+)?$/u.test(text) ? Number(text) : secondsOf(text)
  if (seconds !== undefined) return sign === '-' && seconds > 0 ? -1 : seconds
  const message = 'keep_alive is a number of seconds, or a duration such as 5m or 1h30m'
  throw new DomainError('invalid', message, { details: { param: 'keep_alive' } })
}

function secondsOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/u.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit = ''] of text.matchAll(/([\d.]+)(\D+)/gu)) {
    seconds += Number(count) * (unitSeconds[unit] ?? 0)
  }
  return seconds
}
