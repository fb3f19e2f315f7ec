import { readJson, type JsonReading } from './adapters/read-json.ts'
import type { StreamEvent } from './provider.ts'

/** An event whose data is parsed once, for the record and for the client alike. */
export class ProviderEvent implements StreamEvent {
  readonly name: string | null
  readonly data: string
  #reading: JsonReading | undefined

  constructor({ name, data }: StreamEvent) {
    this.name = name
    this.data = data
  }

  get reading(): JsonReading {
    this.#reading ??= readJson(this.data)
    return this.#reading
  }
}
