import type { Kysely } from 'kysely'
import type { Dialect } from './dialect.ts'

/** One step of the schema's history, the same for both databases but for what `dialect` decides. */
export interface SchemaStep {
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>
}

/** All steps by name; names sort in the order of application. */
export type SchemaSteps = Readonly<Record<string, SchemaStep>>
