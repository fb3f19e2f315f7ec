/**
 * Something that happened, told to whoever listens. `body` is small, JSON-able and complete
 * enough to load the rest: it is what other processes receive. `local` may carry what was at
 * hand anyway (a rendered row) and exists only in the process in which the event arose.
 */
export interface BusEvent {
  readonly topic: string
  readonly body: unknown
  readonly local?: unknown
}
