import { readJson } from './adapters/read-json.ts'
import type { StreamEvent } from './provider.ts'

/** What an event says, parsed once however often it is asked for; undefined for what is no JSON. */
export function eventValue({ data, reading = readJson(data) }: StreamEvent): unknown {
  return reading.isJson ? reading.value : undefined
}
