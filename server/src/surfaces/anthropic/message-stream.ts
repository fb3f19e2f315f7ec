import type { MessageEvent } from '@pharos/contract/anthropic/events.ts'
import type { CallBatch, StreamedAnswer } from '../../features/completion/index.ts'
import { writeParts } from './message-events.ts'
import { startWriting, type MessageFacts } from './message-writing.ts'
import { isWholeMessage, passedEvents } from './passed-events.ts'
import { toErrorEvent } from './failures.ts'

/**
 * A streamed answer as server-sent events; what came together goes out together. Whatever breaks
 * the answer off is told in one last event.
 */
export async function* messageStream(
  answer: Pick<StreamedAnswer, 'batches' | 'isNative' | 'model'>,
  facts: MessageFacts,
): AsyncGenerator<string, void, undefined> {
  const write = answer.isNative ? passingOn(answer.model, facts) : writingOf(facts)
  try {
    for await (const batch of answer.batches) {
      const text = batch === null ? toText([{ type: 'ping' }]) : write(batch)
      if (text !== '') yield text
    }
  } catch (error) {
    yield toText([unforeseen])
    throw error
  }
}

type WriteBatch = (batch: CallBatch) => string

const unforeseen: MessageEvent = {
  type: 'error',
  error: { type: 'api_error', message: 'The reply broke off; the log knows why' },
}

function writingOf(facts: MessageFacts): WriteBatch {
  let writing = startWriting(facts)
  return ({ parts }) => {
    const written = writeParts(writing, parts)
    writing = written.writing
    return toText(written.events)
  }
}

/** A provider that was asked for a stream may still answer with a whole message. */
function passingOn(model: string, facts: MessageFacts): WriteBatch {
  let write: WriteBatch | undefined
  const pass: WriteBatch = ({ events, parts }) => {
    const error = parts.find((part) => part.type === 'error')
    const passed = passedEvents(events, { model, isBroken: error !== undefined })
    return error ? passed + toText([toErrorEvent(error.failure, true)]) : passed
  }
  return (batch) => {
    const [first] = batch.events
    write ??= first && (isWholeMessage(first) ? writingOf(facts) : pass)
    return (write ?? pass)(batch)
  }
}

function toText(events: readonly MessageEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}
