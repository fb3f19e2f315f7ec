import type { PageQuery, SortedQuery } from '@pharos/contract/bodhi/scalars.ts'

const usual = 30
const longest = 100

/** The page that is meant. Source: bodhi contract §1.8. */
export function pageOf({ page = '1', page_size: size = String(usual) }: PageQuery): {
  readonly page: number
  readonly pageSize: number
} {
  return { page: Number(page), pageSize: Math.min(longest, Number(size)) }
}

/** What is not known is the first. */
export function sortOf<const T extends string>(
  { sort }: SortedQuery,
  known: readonly [T, ...T[]],
): T {
  return known.find((word) => word === sort) ?? known[0]
}

export function orderOf({ sort_order: order = '' }: SortedQuery): 'asc' | 'desc' {
  return order.toLowerCase() === 'desc' ? 'desc' : 'asc'
}
