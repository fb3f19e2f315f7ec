import type { PageQuery } from '@pharos/contract/thunder/scalars.ts'

const longest = 100
const usual = 50

/** The page that is meant: numbers out of range are brought into it. Source: thunder contract §1.6. */
export function pageOf({ limit, offset }: PageQuery): {
  readonly limit: number
  readonly offset: number
} {
  return {
    limit: Math.min(longest, Math.max(1, Number(limit ?? usual))),
    offset: Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Number(offset ?? 0))),
  }
}
