/** Replies and pages in Hypersigil's shapes. Source: hypersigil contract §0.4, §0.5. */

const usualLimit = 10

export interface PageAsked {
  readonly page: number
  readonly limit: number
  readonly offset: number
}

/** The page that is meant by `page` and `limit` of a query. */
export function askedPage({
  page: pageText = '1',
  limit: limitText = String(usualLimit),
}: {
  readonly page?: string | undefined
  readonly limit?: string | undefined
}): PageAsked {
  const [page, limit] = [readCount(pageText), readCount(limitText)]
  return { page, limit, offset: (page - 1) * limit }
}

/** The whole number at the beginning of a text whose form was checked. */
export function readCount(text: string): number {
  return Number.parseInt(text, 10)
}

/** A page as it is shown; `total` counts the rows of all pages. */
export function toPage<T>(
  rows: readonly T[],
  { page, limit, total }: Pick<PageAsked, 'page' | 'limit'> & { readonly total: number },
) {
  const totalPages = Math.ceil(total / limit)
  const [hasNext, hasPrev] = [page < totalPages, page > 1]
  return { data: [...rows], total, page, limit, totalPages, hasNext, hasPrev }
}

/** Status 200. */
export function found<T>(data: T) {
  return { status: 200 as const, body: { data } }
}

/** Status 201. What is made may hold a secret, so nobody keeps it. */
export function created<T>(data: T) {
  return { status: 201 as const, body: { data }, headers: neverStored }
}

/** Status 204. */
export const nothing = { status: 204, text: '', contentType: 'text/plain' } as const

export const neverStored = { 'cache-control': 'no-store' }
