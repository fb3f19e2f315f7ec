import type {
  Response,
  ResponseEvent,
  ResponseEventBody,
} from '@pharos/contract/openai/responses.ts'
import type { CompletionFailure, CompletionPart } from '../../features/completion/index.ts'
import type { TokenUsage } from '../../features/pricing/index.ts'
import { toInterruption } from './refusal.ts'
import { growOutput } from './responses-growth.ts'
import { withChances, type ChancedPart } from './responses-logprobs.ts'
import {
  toBegunResponse,
  toEndedResponse,
  toEnding,
  toFailure,
  type ResponseEnding,
  type ResponseFacts,
} from './responses-object.ts'
import {
  endOutput,
  itemsOf,
  startOutput,
  type Output,
  type OutputStep,
} from './responses-output.ts'

/**
 * A response on its way: parts become the events of its stream, and at last the response itself.
 * First `response.created` and `response.in_progress`; then each item from `added` to `done`; last
 * one of `completed`, `incomplete` and `failed`. Source: OpenAI's API reference, streaming events.
 */
export interface Encoding {
  readonly facts: ResponseFacts
  readonly hasLogprobs: boolean
  readonly output: Output
  readonly usage: TokenUsage | null
  readonly nextNumber: number
  /** Null as long as the reply goes on. */
  readonly ending: ResponseEnding | null
}

export interface EncodingStep {
  readonly encoding: Encoding
  readonly events: readonly ResponseEvent[]
}

export function startEncoding(facts: ResponseFacts, hasLogprobs: boolean): EncodingStep {
  const response = toBegunResponse(facts)
  const begun: Encoding = {
    facts,
    hasLogprobs,
    output: startOutput(facts.spanId),
    usage: null,
    nextNumber: 0,
    ending: null,
  }
  return numbered(begun, [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
  ])
}

/** Parts that came at once. Their end closes the items; that of the response follows by itself. */
export function encodeParts(encoding: Encoding, parts: readonly CompletionPart[]): EncodingStep {
  const events: ResponseEventBody[] = []
  let { output, usage, ending } = encoding
  for (const chanced of withChances(parts, encoding.hasLogprobs)) {
    const { part } = chanced
    if (part.type === 'usage') usage = part.usage
    if (part.type === 'end' || part.type === 'error') ending ??= endingOf(part)
    const step = stepOf(output, chanced)
    output = step.output
    events.push(...step.events)
  }
  return numbered({ ...encoding, output, usage, ending }, events)
}

/** Of a reply that ended well the items are closed; what an error cut off stays open for the client. */
function stepOf(output: Output, { part, chances }: ChancedPart): OutputStep {
  if (part.type === 'end')
    return endOutput(output, toEnding(part.finishReason).status !== 'completed')
  return growOutput(output, part, chances)
}

function endingOf(part: Extract<CompletionPart, { type: 'end' | 'error' }>): ResponseEnding {
  if (part.type === 'end') return toEnding(part.finishReason)
  return toFailure(failureCode(part.failure), toInterruption(part.failure).message)
}

/** Source: OpenAI's API reference, the error of a response. */
function failureCode(failure: CompletionFailure): string {
  const isLimit = failure.kind === 'status' && failure.status === 429
  return isLimit ? 'rate_limit_exceeded' : 'server_error'
}

/**
 * The response as it ended, at a time in Unix seconds, and the event that tells it; nothing follows.
 * A reply without an end has broken off.
 */
export function endEncoding(
  encoding: Encoding,
  endedAt: number,
): EncodingStep & { readonly response: Response } {
  const { facts, usage } = encoding
  const ending = encoding.ending ?? toFailure('server_error', 'The reply broke off')
  const output = itemsOf(endOutput(encoding.output, true).output)
  const response = toEndedResponse(facts, { ...ending, output, usage, endedAt })
  return { ...numbered(encoding, [{ type: `response.${ending.status}`, response }]), response }
}

function numbered(encoding: Encoding, events: readonly ResponseEventBody[]): EncodingStep {
  const { nextNumber } = encoding
  return {
    encoding: { ...encoding, nextNumber: nextNumber + events.length },
    events: events.map((event, index) => ({ ...event, sequence_number: nextNumber + index })),
  }
}
