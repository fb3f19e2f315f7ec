import type { ResponseEvent } from '@pharos/contract/openai/responses.ts'
import type { StreamedAnswer } from '../../features/completion/index.ts'
import type { OpenAiPowers } from './door.ts'
import { encodeParts, endEncoding, startEncoding } from './responses-encoding.ts'
import type { ResponseFacts } from './responses-object.ts'

/**
 * A streamed answer as the events of a response. Its last event comes after the call is recorded,
 * so that whoever saw it can go on from the response. There is no further mark of the end.
 */
export async function* responseStream(
  { batches }: StreamedAnswer,
  { facts, hasLogprobs }: { readonly facts: ResponseFacts; readonly hasLogprobs: boolean },
  { clock, log }: Pick<OpenAiPowers, 'clock' | 'log'>,
): AsyncGenerator<string, void, undefined> {
  let { encoding, events } = startEncoding(facts, hasLogprobs)
  yield toText(events)
  try {
    for await (const batch of batches) {
      if (batch === null) {
        yield ': ping\n\n'
        continue
      }
      ;({ encoding, events } = encodeParts(encoding, batch.parts))
      if (events.length > 0) yield toText(events)
    }
  } catch (error) {
    log.error({ err: error }, 'a response broke off')
    encoding = { ...encoding, ending: null }
  }
  yield toText(endEncoding(encoding, clock.nowSeconds()).events)
}

function toText(events: readonly ResponseEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}
