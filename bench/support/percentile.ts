/** The smallest value that at least this share (0 to 1) of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const ascending = values.toSorted((left, right) => left - right)
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN
}

/** Rounds to so many digits behind the point, so that lines stay readable. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits))
}
