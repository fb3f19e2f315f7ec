import type { JsonObject } from '../../../platform/json.ts'
import type { Origin } from './origin.ts'

/** A span as OTLP's JSON form has it, and what it came with. */
export interface FoundSpan {
  readonly span: JsonObject
  readonly origin: Origin
}
