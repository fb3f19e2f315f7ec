/** A page of what a search finds. */
export interface DataQuery {
  /** Part of a text, in any case; `%` and `_` stand for other characters. */
  readonly search?: string
  readonly orderBy: 'name' | 'created_at' | 'updated_at'
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset: number
}
