export type TrendBucketSize = 'day' | 'hour'

export interface TrendWindow {
  /** Unix seconds, inclusive. */
  readonly from: number
  /** Unix seconds, exclusive: the end of the current bucket. */
  readonly to: number
  readonly bucketSeconds: number
  readonly count: number
}

const secondsPerHour = 3_600
const secondsPerDay = 86_400

/** The last `days` days in whole UTC buckets, ending with the one that `now` falls in. */
export function planTrendWindow(now: number, days: number, bucket: TrendBucketSize): TrendWindow {
  const bucketSeconds = bucket === 'day' ? secondsPerDay : secondsPerHour
  const count = (days * secondsPerDay) / bucketSeconds
  const to = (Math.floor(now / bucketSeconds) + 1) * bucketSeconds
  return { from: to - count * bucketSeconds, to, bucketSeconds, count }
}
