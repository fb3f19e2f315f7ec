/** Query parameters of Beacon's lists as the domain asks. Pure. */
import { floatOf, intOf, type WireInt } from '@pharos/contract/beacon/scalars.ts'
import type { TraceListQuery } from '@pharos/contract/beacon/traces.ts'
import type { Page, TraceFilter } from '../../features/traces/index.ts'

interface PagingQuery {
  readonly limit?: WireInt | undefined
  readonly offset?: WireInt | undefined
}

export function fromPaging({ limit, offset }: PagingQuery, defaultLimit: number): Page {
  return {
    limit: limit === undefined ? defaultLimit : intOf(limit),
    // Databases take offsets up to 2^53; nothing lies behind it.
    offset: offset === undefined ? 0 : Math.min(intOf(offset), Number.MAX_SAFE_INTEGER),
  }
}

export function fromListQuery(query: TraceListQuery): TraceFilter {
  const number = (value: TraceListQuery['from']) =>
    value === undefined ? undefined : floatOf(value)
  return {
    status: query.status,
    name: query.q,
    tag: query.tag === undefined ? undefined : fromTag(query.tag),
    createdFrom: number(query.from),
    createdTo: number(query.to),
    sdkLanguage: query.sdk_language,
    minCostUsd: number(query.min_cost),
    maxCostUsd: number(query.max_cost),
  }
}

function fromTag(text: string): { key: string; value: string } {
  const colon = text.indexOf(':')
  if (colon === -1) return { key: text, value: '' }
  return { key: text.slice(0, colon), value: text.slice(colon + 1) }
}
