import {
  argumentsOf,
  type CompletedOutcome,
  type CompletionPart,
  type Reply,
  type TokenChance,
  type ToolCall,
} from '../../features/completion/index.ts'
import type { JsonObject } from '../../platform/json.ts'
import { rfc3339 } from './rfc3339.ts'

/** Which of the two routes is answered: they word what a model says differently. */
export type Form = 'chat' | 'generate'

/** What every line begins with. */
export interface LineHead {
  readonly form: Form
  /** The name asked for. */
  readonly model: string
  /** Unix seconds. */
  readonly at: number
}

/** What a model says in one line. */
interface Said {
  readonly text?: string
  readonly thinking?: string
  readonly toolCalls?: readonly JsonObject[]
  readonly logprobs?: readonly JsonObject[]
}

/**
 * Parts as lines, one for each stretch of text or thinking; the chances of tokens go with the text
 * before them. Calls of tools and the end are not among them: `encodeEnd` tells those, when all is
 * known. Empty for parts that say nothing.
 */
export function encodeParts(parts: readonly CompletionPart[], head: LineHead): string {
  return stretchesOf(parts)
    .map((said) => lineOf({ ...begin(head, said), done: false }))
    .join('')
}

function stretchesOf(parts: readonly CompletionPart[]): readonly Said[] {
  const stretches: Said[] = []
  for (const part of parts) {
    if (part.type === 'text-delta' && part.text !== '') stretches.push({ text: part.text })
    if (part.type === 'reasoning-delta' && part.text !== '') {
      stretches.push({ thinking: part.text })
    }
    if (part.type !== 'token') continue
    const last = stretches.pop() ?? {}
    const isText = last.thinking === undefined
    if (!isText) stretches.push(last)
    const before = isText ? last : {}
    stretches.push({ ...before, logprobs: [...(before.logprobs ?? []), logprobOf(part)] })
  }
  return stretches
}

/** The last lines of a stream: the calls, each whole, and what it took. */
export function encodeEnd(outcome: CompletedOutcome, head: LineHead): string {
  const toolCalls = outcome.reply.toolCalls.map(callOf)
  const calls = toolCalls.length === 0 ? '' : lineOf({ ...begin(head, { toolCalls }), done: false })
  return calls + lineOf({ ...begin(head, {}), ...ending(outcome) })
}

/** A whole reply. */
export function encodeWhole(
  outcome: CompletedOutcome,
  parts: readonly CompletionPart[],
  head: LineHead,
): JsonObject {
  const { text, reasoning: thinking, toolCalls: calls } = outcome.reply
  const logprobs = parts.flatMap((part) => (part.type === 'token' ? [logprobOf(part)] : []))
  const said = {
    text,
    ...(thinking === '' ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { toolCalls: calls.map(callOf) }),
    ...(logprobs.length === 0 ? {} : { logprobs }),
  }
  return { ...begin(head, said), ...ending(outcome) }
}

/** A line that nobody's words went into: a model made ready, or let go. */
export function encodeLoad(head: LineHead, reason: 'load' | 'unload'): JsonObject {
  return { ...begin(head, {}), done: true, done_reason: reason }
}

/** What is told of a fault once the stream has begun. */
export function encodeError(error: string): string {
  return lineOf({ error })
}

export function lineOf(value: JsonObject): string {
  return `${JSON.stringify(value)}\n`
}

function begin({ form, model, at }: LineHead, said: Said): JsonObject {
  const { text = '', thinking, toolCalls, logprobs } = said
  const more = {
    ...(thinking === undefined ? {} : { thinking }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
  }
  return {
    model,
    created_at: rfc3339(at),
    ...(form === 'chat'
      ? { message: { role: 'assistant', content: text, ...more } }
      : { response: text, ...more }),
    ...(logprobs === undefined ? {} : { logprobs }),
  }
}

/** Ollama has arguments as an object. Text that is none is told inside of one, not lost. */
function callOf({ id, name, argumentsText }: ToolCall, index: number): JsonObject {
  return {
    ...(id === '' ? {} : { id }),
    function: { index, name, arguments: argumentsOf(argumentsText) },
  }
}

function logprobOf(token: TokenChance & { readonly top?: readonly TokenChance[] }): JsonObject {
  const { top } = token
  return { ...chanceOf(token), ...(top === undefined ? {} : { top_logprobs: top.map(chanceOf) }) }
}

function chanceOf({ text, logprob, bytes }: TokenChance): JsonObject {
  return { token: text, logprob, bytes: bytes ?? [...Buffer.from(text)] }
}

const nanoseconds = (ms: number): number => Math.max(0, Math.round(ms * 1e6))

/**
 * What it took, as far as it was seen from here: nothing is loaded here, reading the prompt ends with
 * the first piece that came, and all time of a reply that came whole counts as writing it. Tokens
 * that the provider did not count are left out.
 */
function ending({ reply, usage, latencyMs, timeToFirstTokenMs }: CompletedOutcome): JsonObject {
  const promptMs = Math.min(timeToFirstTokenMs ?? 0, latencyMs)
  return {
    done: true,
    done_reason: doneReason(reply),
    total_duration: nanoseconds(latencyMs),
    load_duration: 0,
    ...(usage.inputTokens === null ? {} : { prompt_eval_count: usage.inputTokens }),
    prompt_eval_duration: nanoseconds(promptMs),
    ...(usage.outputTokens === null ? {} : { eval_count: usage.outputTokens }),
    eval_duration: nanoseconds(latencyMs - promptMs),
  }
}

/** Ollama says `stop` of a reply that calls tools, too. */
function doneReason({ finishReason, rawFinishReason }: Reply): string {
  switch (finishReason) {
    case 'length':
    case 'content_filter':
      return finishReason
    case 'other':
      return rawFinishReason ?? 'stop'
    case 'stop':
    case 'tool_calls':
    case null:
      return 'stop'
  }
}
