import { randomUUID } from 'node:crypto'

/** New identifiers as a power: tests inject their own. */
export interface Ids {
  /** A lower-case, hyphenated UUID version 4. */
  uuid(): string
}

export const randomIds: Ids = { uuid: () => randomUUID() }
