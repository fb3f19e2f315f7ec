/**
 * A running sum that keeps what rounding would lose, so that adding and removing the same
 * costs in any order ends at the same figure. Double-double arithmetic after Knuth's TwoSum.
 */
export interface ExactSum {
  readonly sum: number
  readonly remainder: number
}

export const zeroSum: ExactSum = { sum: 0, remainder: 0 }

export function addExactly(total: ExactSum, value: number): ExactSum {
  const { sum, error } = twoSum(total.sum, value)
  return renormalise(sum, total.remainder + error)
}

function renormalise(high: number, low: number): ExactSum {
  const { sum, error } = twoSum(high, low)
  return { sum, remainder: error }
}

function twoSum(a: number, b: number): { sum: number; error: number } {
  const sum = a + b
  const bRounded = sum - a
  return { sum, error: a - (sum - bRounded) + (b - bRounded) }
}
