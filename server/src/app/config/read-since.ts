import { ConfigError } from './config-error.ts'

/** The beginning of a stretch of time that lasts until now. */
export type Since =
  | { readonly daysAgo: number }
  /** Unix seconds. */
  | { readonly from: number }

/** Reads a number of days, or a day or time in ISO form; a day begins at midnight, UTC. */
export function readSince(text: string): Since {
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const daysAgo = Number(text)
    if (daysAgo > 0 && daysAgo <= 36500) return { daysAgo }
  } else if (isoTime.test(text)) {
    const milliseconds = Date.parse(text)
    if (!Number.isNaN(milliseconds) && isInCalendar(text)) return { from: milliseconds / 1000 }
  }
  throw new ConfigError(
    `--since must be days (above 0, up to 36500) or a date like 2026-01-31, not "${text}"`,
  )
}

/** Only forms whose zone is plain: a day alone is UTC, a time needs its zone. */
const isoTime = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** The parser of dates takes 31 February for 3 March. */
function isInCalendar(text: string): boolean {
  const day = text.slice(0, 10)
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}
