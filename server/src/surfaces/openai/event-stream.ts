import type { OpenAiError } from '@pharos/contract/openai/errors.ts'
import type {
  CallBatch,
  CompletionContext,
  StreamedAnswer,
} from '../../features/completion/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toErrorBody } from './errors.ts'

/** How far a stream has come: `complete` after the last word of a reply, `broken` after an error. */
export type StreamEnding = 'open' | 'complete' | 'broken'

/** Writes a stream batch by batch; `S` is what must be remembered of what was written. */
export interface BatchEncoder<S extends { readonly ending: StreamEnding }> {
  readonly start: S
  /** The events that a batch comes to, ready to be sent; empty for none. */
  encode(state: S, batch: CallBatch): { readonly state: S; readonly text: string }
}

export const streamType = 'text/event-stream; charset=utf-8'

export function sseEvent(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/**
 * A streamed answer as server-sent events. The mark of the end comes after the call is recorded,
 * and never after an error.
 */
export async function* eventStream<S extends { readonly ending: StreamEnding }>(
  { batches }: StreamedAnswer,
  encoder: BatchEncoder<S>,
  log: CompletionContext['log'],
): AsyncGenerator<string, void, undefined> {
  let state = encoder.start
  try {
    for await (const batch of batches) {
      if (batch === null) {
        yield ': ping\n\n'
        continue
      }
      const encoded = encoder.encode(state, batch)
      state = encoded.state
      if (encoded.text !== '') yield encoded.text
    }
  } catch (error) {
    log.error({ err: error }, 'a reply broke off')
    if (state.ending !== 'broken') yield sseEvent(toErrorBody(error))
    return
  }
  if (state.ending === 'complete') yield 'data: [DONE]\n\n'
  else if (state.ending === 'open') yield sseEvent(interrupted())
}

function interrupted(): OpenAiError {
  const details = { code: 'server_error-stream_interrupted', type: 'internal_server_error' }
  return toErrorBody(new DomainError('upstream', 'The reply broke off', { details }))
}
