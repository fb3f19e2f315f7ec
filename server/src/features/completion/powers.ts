import type { Workroom } from '../../platform/threads/workroom.ts'
import type { Uses } from '../identity/index.ts'
import type { ModelPowers } from '../models/index.ts'
import type { Pricer } from '../pricing/index.ts'

/** Hears what must not be lost without a word. The server's log is one. */
export interface RecordingLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What running models needs beside the powers of every verb. */
export interface CompletionPowers extends ModelPowers {
  /** This run of the server; its open spans are closed by others should it die. */
  readonly processId: string
  readonly log: RecordingLog
  readonly price: Pricer
  /** Where long traces of tokens are put in order. */
  readonly workroom: Pick<Workroom, 'run'>
}

/** All that completions may be given. */
export type CompletionContext = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'> & CompletionPowers
