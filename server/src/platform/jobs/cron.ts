import { DomainError } from '../domain-error.ts'

/** The values at which each part of a time matches. */
export interface Cron {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** Days of the month and of the week are both limited: then either is enough. */
  readonly isEitherDay: boolean
}

interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
}

const fields: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12 },
  { name: 'weekday', least: 0, most: 7 },
]

/**
 * Reads five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each
 * a star, a number, a range or a list of those, with a step after a slash if wanted. Throws
 * DomainError `invalid`.
 */
export function parseCron(text: string): Cron {
  const parts = text.trim().split(/\s+/u)
  if (parts.length !== fields.length) throw badCron('a cron expression has five fields')
  const sets = fields.map((field, index) => parseField(parts[index] ?? '', field))
  const [minutes, hours, days, months, weekdays] = sets
  if (!minutes || !hours || !days || !months || !weekdays) throw badCron('a field is missing')
  if (weekdays.has(7)) weekdays.add(0)
  const isEitherDay = parts[2]?.startsWith('*') === false && parts[4]?.startsWith('*') === false
  return { minutes, hours, days, months, weekdays, isEitherDay }
}

function parseField(text: string, field: Field): Set<number> {
  return new Set(text.split(',').flatMap((item) => parseItem(item, field)))
}

function parseItem(item: string, { name, least, most }: Field): number[] {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/u.exec(item)
  if (!match) throw badCron(`"${item}" is no ${name}`)
  const [, first, last, step = '1'] = match
  const from = first === undefined ? least : Number(first)
  const isOpen = first === undefined || (last === undefined && match[3] !== undefined)
  const to = isOpen ? most : Number(last ?? first)
  if (from < least || to > most || from > to || Number(step) < 1) {
    throw badCron(`"${item}" is no ${name} from ${least} to ${most}`)
  }
  const count = Math.floor((to - from) / Number(step)) + 1
  return Array.from({ length: count }, (_, index) => from + index * Number(step))
}

function badCron(reason: string): DomainError {
  return new DomainError('invalid', `Cannot read the schedule: ${reason}`, {
    details: { param: 'cron' },
  })
}

const minuteMs = 60_000
const hourMs = 3_600_000
/** Leap days are at most eight years apart. */
const furthestMs = 9 * 366 * 24 * hourMs

/** The first minute after `after` (Unix seconds, UTC) that matches; null if there is none, ever. */
export function nextCron(cron: Cron, after: number): number | null {
  let at = Math.floor((after * 1000) / minuteMs) * minuteMs + minuteMs
  for (const end = at + furthestMs; at < end;) {
    const date = new Date(at)
    const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
    if (!cron.months.has(date.getUTCMonth() + 1)) {
      at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    } else if (!isDay(cron, date)) at = day + 24 * hourMs
    else if (!cron.hours.has(date.getUTCHours())) at += hourMs - (at % hourMs)
    else if (cron.minutes.has(date.getUTCMinutes())) return at / 1000
    else at += minuteMs
  }
  return null
}

function isDay(cron: Cron, date: Date): boolean {
  const isDayOfMonth = cron.days.has(date.getUTCDate())
  const isWeekday = cron.weekdays.has(date.getUTCDay())
  return cron.isEitherDay ? isDayOfMonth || isWeekday : isDayOfMonth && isWeekday
}
