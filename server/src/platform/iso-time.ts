/** Unix seconds as ISO 8601 in UTC with milliseconds. */
export function toTime(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString()
}

export function toTimeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : toTime(seconds)
}
