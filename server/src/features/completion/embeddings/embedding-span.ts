import { newSpan, type NewSpan } from '../../traces/index.ts'
import { explanationOf, failed, given, placed, took, used, type SpanPlace } from '../call-span.ts'
import { firstCharacters } from '../failure-words.ts'
import type { FailedOutcome } from '../outcome.ts'
import type { EmbeddedOutcome } from './embedding-ask.ts'
import type { EmbeddingCall } from './embedding-call.ts'

type Attributes = Readonly<Record<string, unknown>>

/** The span of a call for vectors that is on its way. */
export function openEmbeddingSpan(call: EmbeddingCall, place: SpanPlace): NewSpan {
  const attributes = { ...place.attributes, ...asked(call) }
  return newSpan({
    ...placed(place),
    status: 'unset',
    errorMessage: null,
    endTime: null,
    attributes,
  })
}

/** The same span when a fault of our own ended the call; what it is stays in the log. */
export function brokenEmbeddingSpan(
  call: EmbeddingCall,
  place: SpanPlace,
  endTime: number,
): NewSpan {
  const opening = openEmbeddingSpan(call, place)
  return { ...opening, status: 'error', errorMessage: 'Internal error', endTime }
}

/** The same span with how the call ended. The vectors are counted, not kept. */
export function closedEmbeddingSpan(
  call: EmbeddingCall,
  place: SpanPlace,
  outcome: EmbeddedOutcome | FailedOutcome,
): NewSpan {
  const hasFailed = outcome.status === 'failed'
  return newSpan({
    ...placed(place),
    endTime: outcome.endedAt,
    price: explanationOf(outcome),
    status: hasFailed ? 'error' : 'ok',
    errorMessage: hasFailed ? firstCharacters(outcome.message) : null,
    attributes: {
      ...place.attributes,
      ...asked(call),
      ...(hasFailed ? failed(outcome) : brought(outcome, call)),
      ...used(outcome, call),
      ...took(outcome),
    },
  })
}

function asked({ connection, request, bodyText, warnings }: EmbeddingCall): Attributes {
  return {
    'llm.provider': connection.name,
    'llm.model': request.model,
    'llm.request': bodyText,
    ...(warnings.length > 0 ? { 'llm.warnings': warnings } : {}),
  }
}

function brought({ reply }: EmbeddedOutcome, { request }: EmbeddingCall): Attributes {
  const { embeddings, lists, model } = reply
  const [first] = embeddings
  return given({
    'llm.embeddings.count': embeddings.length,
    'llm.embeddings.dimensions': first === undefined ? null : lists[first]?.dimensions,
    'llm.response_model': model === request.model ? null : model,
  })
}
