/** The day of a time in Unix seconds, that of UTC. */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** The minute of a time in Unix seconds. */
export function minuteOf(seconds: number): string {
  return `${dayOf(seconds)} ${new Date(seconds * 1000).toISOString().slice(11, 16)} UTC`
}
