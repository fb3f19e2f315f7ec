import { toRfc3339 } from '../../platform/rfc3339.ts'

/** Unix seconds as this wire writes them. Source: thunder contract §1.1 "Timestamps out". */
export function toTs(seconds: number): string {
  return toRfc3339(seconds)
}

export function toTsOrNull(seconds: number | null): string | null {
  return seconds === null ? null : toTs(seconds)
}
