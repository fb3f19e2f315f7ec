import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { CompletionPart } from '../part.ts'
import type { Reduced, ReplyReader, StreamEvent } from '../provider.ts'
import { readJson } from './read-json.ts'
import { errorInside, excessOf, reported, unusable } from './unusable.ts'

/** What one event came to, or what is wrong with it. */
export type StreamStep<T> =
  | { readonly memory: T; readonly parts: readonly CompletionPart[] }
  | { readonly fault: string }

/** The part of a dialect's stream that differs from the others. */
export interface StreamDialect<T> {
  readonly label: string
  /** Data that is no JSON and says that the stream is complete. */
  readonly endMark?: string
  start(): T
  read(memory: T, chunk: JsonObject): StreamStep<T>
  /** What the end mark, or the end of a stream without one, stands for. */
  finish(memory: T, hasEndMark: boolean): StreamStep<T>
}

/** What reducing any stream must remember. */
export interface StreamState<T> {
  readonly memory: T
  readonly phase: 'before' | 'open' | 'over'
  /** The latest event's data, kept for the account of a failure. */
  readonly received: string
}

type StreamFunctions<T> = Pick<
  ReplyReader<StreamState<T>>,
  'startStream' | 'reduceEvent' | 'endStream'
>

export const brokenOff = 'the stream broke off'

/**
 * A dialect's stream as an adapter's three functions. Here is what no dialect may get wrong: the
 * grammar of parts, events after the end, errors in place of an answer, data that is no JSON.
 */
export function frameStream<T>(dialect: StreamDialect<T>): StreamFunctions<T> {
  return {
    startStream: () => ({ memory: dialect.start(), phase: 'before', received: '' }),
    reduceEvent(state, event) {
      if (state.phase === 'over' || event.data.trim() === '') return { state, parts: [] }
      return follow(dialect, { state, received: event.data }, stepOf(dialect, state, event))
    },
    endStream(state) {
      if (state.phase === 'over') return []
      const { memory, received } = state
      return follow(dialect, { state, received }, dialect.finish(memory, false)).parts
    },
  }
}

type Step<T> = StreamStep<T> | { readonly error: unknown }

function stepOf<T>(dialect: StreamDialect<T>, state: StreamState<T>, event: StreamEvent): Step<T> {
  if (event.data.trim() === dialect.endMark) return dialect.finish(state.memory, true)
  const reading = event.reading ?? readJson(event.data)
  const value = reading.isJson ? reading.value : undefined
  const error = errorInside(value)
  if (error !== undefined) return { error }
  if (event.name === 'error') return { error: value ?? event.data }
  if (!reading.isJson) return { fault: reading.fault }
  return isJsonObject(value) ? dialect.read(state.memory, value) : { fault: 'not an object' }
}

function follow<T>(
  { label }: StreamDialect<T>,
  { state, received }: { state: StreamState<T>; received: string },
  step: Step<T>,
): Reduced<StreamState<T>> {
  const ended = (part: CompletionPart) => ({
    state: { memory: state.memory, phase: 'over' as const, received },
    parts: [part],
  })
  if ('error' in step) return ended(reported(label, step.error, received))
  if ('fault' in step) return ended(unusable(label, step.fault, received))
  const { memory } = step
  const excess = excessOf(step.parts)
  if (excess !== null) return ended(unusable(label, excess, received))
  if (step.parts.length === 0) return { state: { memory, phase: state.phase, received }, parts: [] }
  const parts = inGrammar(step.parts, state.phase === 'before')
  const phase = parts.at(-1)?.type === 'end' ? 'over' : 'open'
  return { state: { memory, phase, received }, parts }
}

/** One `start` in front, none later, nothing after `end`: a gateway may repeat or leave out any. */
function inGrammar(parts: readonly CompletionPart[], isFirst: boolean): readonly CompletionPart[] {
  const [first] = parts
  const end = parts.findIndex(({ type }) => type === 'end')
  const body = (end < 0 ? parts : parts.slice(0, end + 1)).filter(({ type }) => type !== 'start')
  if (!isFirst) return body
  return [first?.type === 'start' ? first : { type: 'start', model: null, id: null }, ...body]
}
