import type {
  OutputItem,
  Response,
  ResponseRequest,
  ResponseSettings,
  ResponseUsage,
} from '@pharos/contract/openai/responses.ts'
import type { FinishReason } from '../../features/completion/index.ts'
import type { TokenUsage } from '../../features/pricing/index.ts'
import { isJsonObject } from '../../platform/json.ts'

/** What stays the same from the first event of a response to its last. */
export interface ResponseFacts {
  readonly spanId: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly settings: ResponseSettings
}

type IncompleteDetails = Response['incomplete_details']

/** How a reply ended, in the words of a response. */
export interface ResponseEnding {
  readonly status: 'completed' | 'incomplete' | 'failed'
  readonly error: Response['error']
  readonly incompleteDetails: IncompleteDetails
}

export interface ResponseEnd extends ResponseEnding {
  readonly output: readonly OutputItem[]
  readonly usage: TokenUsage | null
  /** Unix seconds. */
  readonly endedAt: number
}

const idPrefix = 'resp_'

/** The span of the response that an id names; null for an id that is none of ours. */
export function spanOfResponse(id: string): string | null {
  return /^resp_([\da-z-]{1,64})$/iu.exec(id)?.[1] ?? null
}

/** What was asked for as a response says it again. Source: OpenAI's API reference, responses. */
export function toSettings(body: ResponseRequest): ResponseSettings {
  const maxToolCalls = body['max_tool_calls']
  const cacheKey = body['prompt_cache_key']
  return {
    model: body.model,
    background: false,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: typeof maxToolCalls === 'number' ? maxToolCalls : null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: textOr(cacheKey, null),
    reasoning: {
      effort: textOr(body.reasoning?.['effort'], null),
      summary: textOr(body.reasoning?.['summary'], null),
    },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? null,
    text: { ...body.text, format: formatOf(body.text?.['format']) },
    tool_choice: body.tool_choice ?? 'auto',
    tools: (body.tools ?? []).map((tool) => ({ parameters: null, strict: null, ...tool })),
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? null,
    truncation: 'disabled',
    user: body.user ?? null,
  }
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise
}

function formatOf(format: unknown): { type: string } {
  const type = isJsonObject(format) ? format['type'] : undefined
  return isJsonObject(format) && typeof type === 'string' ? { ...format, type } : { type: 'text' }
}

/** A response of which nothing has been said yet. */
export function toBegunResponse({ spanId, createdAt, settings }: ResponseFacts): Response {
  return {
    id: `${idPrefix}${spanId}`,
    object: 'response',
    created_at: Math.floor(createdAt),
    completed_at: null,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    ...settings,
    output: [],
    usage: null,
    access_programs: null,
  }
}

/** A response that has ended. */
export function toEndedResponse(facts: ResponseFacts, end: ResponseEnd): Response {
  return {
    ...toBegunResponse(facts),
    completed_at: end.status === 'completed' ? Math.floor(end.endedAt) : null,
    status: end.status,
    error: end.error,
    incomplete_details: end.incompleteDetails,
    output: [...end.output],
    usage: end.usage === null ? null : toUsage(end.usage),
  }
}

/** The end of a reply that came to one. */
export function toEnding(finishReason: FinishReason | null): ResponseEnding {
  switch (finishReason) {
    case 'length':
      return incomplete('max_output_tokens')
    case 'content_filter':
      return incomplete('content_filter')
    case 'stop':
    case 'tool_calls':
    case 'other':
    case null:
      return { status: 'completed', error: null, incompleteDetails: null }
  }
}

function incomplete(reason: NonNullable<IncompleteDetails>['reason']): ResponseEnding {
  return { status: 'incomplete', error: null, incompleteDetails: { reason } }
}

export function toFailure(code: string, message: string): ResponseEnding {
  return { status: 'failed', error: { code, message }, incompleteDetails: null }
}

/** Null where nobody counted. */
function toUsage(usage: TokenUsage): ResponseUsage | null {
  if (usage.inputTokens === null && usage.outputTokens === null) return null
  const input = usage.inputTokens ?? 0
  const output = usage.outputTokens ?? 0
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  }
}
