import fc from 'fast-check'
import { ChatChunk } from '@pharos/contract/openai/chat.ts'
import type { CallBatch, CompletionPart } from '../../src/features/completion/index.ts'
import type { BatchEncoder, StreamEnding } from '../../src/surfaces/openai/event-stream.ts'

/** The JSON of each event in a text of server-sent events; throws on anything else in it. */
export function eventsIn(text: string): unknown[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => {
      if (!event.startsWith('data: ') || event.includes('\n')) throw new Error(`no event: ${event}`)
      return JSON.parse(event.slice('data: '.length)) as unknown
    })
}

/** The chunks among the events, checked by the published shape; the last may be an error. */
export function chunksIn(text: string): ChatChunk[] {
  return eventsIn(text).map((event) => ChatChunk.parse(event))
}

/** What an encoder writes for batches, and how it ended. */
export function encodeAll<S extends { readonly ending: StreamEnding }>(
  encoder: BatchEncoder<S>,
  batches: readonly CallBatch[],
): { readonly text: string; readonly ending: StreamEnding } {
  let state = encoder.start
  let text = ''
  for (const batch of batches) {
    const encoded = encoder.encode(state, batch)
    state = encoded.state
    text += encoded.text
  }
  return { text, ending: state.ending }
}

/** Parts as batches of the sizes given, the rest in one. */
export function inBatches(
  parts: readonly CompletionPart[],
  sizes: readonly number[],
): readonly CallBatch[] {
  const batches: CallBatch[] = []
  let at = 0
  for (const size of [...sizes, parts.length]) {
    batches.push({ events: [], parts: parts.slice(at, at + size) })
    at += size
  }
  return batches
}

export const arbitrarySizes = fc.array(fc.nat(4), { maxLength: 20 })
