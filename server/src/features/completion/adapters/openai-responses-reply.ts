import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { TokenUsage } from '../../pricing/index.ts'
import type { CompletionPart, FinishReason } from '../part.ts'
import { argumentsText, readJson, type JsonReading } from './read-json.ts'
import { looseText, readWhole, unexpected } from './reply-shape.ts'
import type { StreamStep } from './stream-frame.ts'
import { consistentUsage, countOf } from './usage.ts'

const block = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  refusal: z.string().nullish(),
})

/** An item of any type; what is told of a search is passed over. */
const item = z.looseObject({
  type: z.string(),
  content: z.array(block).nullish().catch(null),
  summary: z.array(block).nullish().catch(null),
  call_id: looseText,
  name: looseText,
  arguments: z.unknown().optional(),
})

const response = z.looseObject({
  id: looseText,
  model: looseText,
  status: looseText,
  incomplete_details: z.looseObject({ reason: looseText }).nullish().catch(null),
  output: z.array(item),
  usage: z.unknown().optional(),
})

/** As it is told of while it grows. */
const growing = response.extend({ output: z.array(item).nullish() })

const eventShape = z.looseObject({
  delta: z.string().nullish().catch(null),
  item: item.nullish(),
  response: growing.nullish(),
})

type Item = z.infer<typeof item>
type Ending = Pick<z.infer<typeof growing>, 'status' | 'incomplete_details'>

/** Whether a body is of `/responses` and not of Chat Completions. */
export function isResponse(body: string, reading: JsonReading = readJson(body)): boolean {
  return reading.isJson && isJsonObject(reading.value) && Array.isArray(reading.value['output'])
}

/** A whole 2xx body of `/responses`. */
export function readResponse(
  label: string,
  body: string,
  reading?: JsonReading,
): readonly CompletionPart[] {
  return readWhole(body, { label, shape: response, member: 'output', toParts, reading })
}

function toParts(reply: z.infer<typeof response>): readonly CompletionPart[] {
  let callCount = 0
  const parts = reply.output.flatMap((one) => {
    const said = itemParts(one, callCount)
    if (one.type === 'function_call') callCount += 1
    return said
  })
  return [startOf(reply), ...parts, ...usageOf(reply.usage), endOf(reply, callCount > 0)]
}

function startOf({ id, model }: Pick<z.infer<typeof growing>, 'id' | 'model'>): CompletionPart {
  return { type: 'start', model: model || null, id: id || null }
}

function itemParts(one: Item, callCount: number): readonly CompletionPart[] {
  if (one.type === 'function_call') return [callOf(one, callCount)]
  if (one.type === 'reasoning') {
    const text = (one.summary ?? []).map((part) => part.text ?? '').join('\n\n')
    return text === '' ? [] : [{ type: 'reasoning-delta', text }]
  }
  if (one.type !== 'message') return []
  const text = (one.content ?? []).map((part) => part.text ?? part.refusal ?? '').join('')
  return text === '' ? [] : [{ type: 'text-delta', text }]
}

function callOf({ call_id: id, name, arguments: given }: Item, index: number): CompletionPart {
  const call = { id: id || `call_${index}`, name: name ?? '' }
  return { type: 'tool-delta', index, ...call, argumentsDelta: argumentsText(given) }
}

const cutReasons = new Map<string, FinishReason>([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content_filter'],
])

function endOf({ status, incomplete_details: cut }: Ending, hasCalls: boolean): CompletionPart {
  const reason = cut?.reason ?? null
  const cutReason = reason === null ? undefined : (cutReasons.get(reason) ?? 'other')
  const whole = status === 'completed' ? ('stop' as const) : ('other' as const)
  const finishReason = cutReason ?? (hasCalls ? 'tool_calls' : whole)
  return { type: 'end', finishReason, rawFinishReason: reason ?? status ?? null }
}

function usageOf(usage: unknown): readonly CompletionPart[] {
  const known = isJsonObject(usage) ? consistentUsage(claimedUsage(usage)) : null
  return known === null ? [] : [{ type: 'usage', usage: known }]
}

function claimedUsage(usage: JsonObject): TokenUsage {
  const { input_tokens_details: read, output_tokens_details: written } = usage
  return {
    inputTokens: countOf(usage['input_tokens']),
    outputTokens: countOf(usage['output_tokens']),
    cacheReadTokens: isJsonObject(read) ? countOf(read['cached_tokens']) : null,
    cacheWriteTokens: null,
    reasoningTokens: isJsonObject(written) ? countOf(written['reasoning_tokens']) : null,
  }
}

/** Whether an event of a stream is of `/responses`. */
export function isResponseEvent({ type }: JsonObject): boolean {
  return typeof type === 'string' && type.startsWith('response.')
}

/** What one event of a stream of `/responses` says; `callCount` calls came before. */
export function readResponseEvent<M>(
  memory: M,
  event: JsonObject,
  { callCount, withCall }: { readonly callCount: number; readonly withCall: () => M },
): StreamStep<M> {
  const parsed = eventShape.safeParse(event)
  if (!parsed.success) return { fault: unexpected(parsed.error) }
  const { delta, item: one, response: whole } = parsed.data
  const text = delta ?? ''
  const said = (parts: readonly CompletionPart[]): StreamStep<M> => ({ memory, parts })
  switch (event['type']) {
    case 'response.created':
      return said(whole ? [startOf(whole)] : [])
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      return said(text === '' ? [] : [{ type: 'text-delta', text }])
    case 'response.reasoning_summary_text.delta':
      return said(text === '' ? [] : [{ type: 'reasoning-delta', text }])
    case 'response.output_item.done':
      if (one?.type !== 'function_call') return said([])
      return { memory: withCall(), parts: [callOf(one, callCount)] }
    case 'response.failed':
      return { fault: failureOf(event) }
    case 'response.completed':
    case 'response.incomplete':
      return whole ? said([...usageOf(whole.usage), endOf(whole, callCount > 0)]) : said([])
    default:
      return said([])
  }
}

function failureOf({ response: failed }: JsonObject): string {
  const error = isJsonObject(failed) ? failed['error'] : undefined
  const message = isJsonObject(error) ? error['message'] : undefined
  return typeof message === 'string' ? message.slice(0, 1000) : 'the response failed'
}
