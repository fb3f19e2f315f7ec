/** Responses: conversations whose past may stay with the server. Source: OpenAI's API reference. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { callRefusals, eventStream, OpenAiError, refusals } from './errors.ts'

/** Looked at part by part where it is read, so that a refusal can name the very field. */
const InputItem = z.looseObject({
  type: z.string().nullish().meta({
    description: 'message, function_call, function_call_output, reasoning or item_reference',
  }),
})

/** At most 16 pairs, kept and given back. */
const Metadata = z.record(z.string().max(64), z.string().max(512))

export const ResponseRequest = z
  .looseObject({
    model: z
      .string()
      .meta({ description: 'An alias, `provider/model`, or a model of one provider' }),
    input: z.union([z.string(), z.array(InputItem)]).optional(),
    instructions: z.string().nullish(),
    previous_response_id: z.string().nullish().meta({
      description: 'A stored response of the same caller that the conversation goes on from',
    }),
    stream: z.boolean().nullish(),
    store: z.boolean().nullish().meta({
      description: 'Whether the response can be read and gone on from later; true if not given',
    }),
    temperature: z.number().nullish(),
    top_p: z.number().nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    metadata: Metadata.refine(
      (pairs) => Object.keys(pairs).length <= 16,
      '16 pairs at most',
    ).nullish(),
    tools: z.array(z.looseObject({ type: z.string() })).nullish(),
    tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
    text: z.looseObject({}).nullish(),
    reasoning: z.looseObject({}).nullish(),
    include: z.array(z.string()).nullish(),
    user: z.string().nullish(),
    safety_identifier: z.string().nullish(),
  })
  .meta({ id: 'ResponseRequest' })
export type ResponseRequest = z.infer<typeof ResponseRequest>

const ItemStatus = z.enum(['in_progress', 'completed', 'incomplete'])

const TopChance = z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()) })
export const ResponseLogprob = TopChance.extend({ top_logprobs: z.array(TopChance) })
export type ResponseLogprob = z.infer<typeof ResponseLogprob>

export const OutputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(ResponseLogprob),
})
export type OutputText = z.infer<typeof OutputText>

export const OutputMessage = z.object({
  id: z.string(),
  type: z.literal('message'),
  status: ItemStatus,
  role: z.literal('assistant'),
  content: z.array(OutputText),
})

export const SummaryText = z.object({ type: z.literal('summary_text'), text: z.string() })
export type SummaryText = z.infer<typeof SummaryText>

export const ReasoningItem = z.object({
  id: z.string(),
  type: z.literal('reasoning'),
  status: ItemStatus,
  summary: z.array(SummaryText),
  encrypted_content: z.string().nullable().meta({
    description: "What the model's provider wants back unchanged, if anything",
  }),
})

export const FunctionCallItem = z.looseObject({
  id: z.string(),
  type: z.literal('function_call'),
  status: ItemStatus,
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
})

export const OutputItem = z.discriminatedUnion('type', [
  OutputMessage,
  ReasoningItem,
  FunctionCallItem,
])
export type OutputItem = z.infer<typeof OutputItem>

export const ResponseUsage = z.object({
  input_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
})
export type ResponseUsage = z.infer<typeof ResponseUsage>

/** What was asked for, said again. */
export const ResponseSettings = z.object({
  model: z.string().meta({ description: 'The name asked for' }),
  background: z.literal(false),
  instructions: z.string().nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  metadata: z.record(z.string(), z.string()),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
  reasoning: z.looseObject({ effort: z.string().nullable(), summary: z.string().nullable() }),
  safety_identifier: z.string().nullable(),
  service_tier: z.string(),
  store: z.boolean(),
  temperature: z.number().nullable(),
  text: z.looseObject({ format: z.looseObject({ type: z.string() }) }),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]),
  tools: z.array(z.looseObject({ type: z.string() })),
  top_logprobs: z.int(),
  top_p: z.number().nullable(),
  truncation: z.literal('disabled'),
  user: z.string().nullable(),
})
export type ResponseSettings = z.infer<typeof ResponseSettings>

export const Response = ResponseSettings.extend({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int().meta({ description: 'Unix seconds' }),
  completed_at: z.int().nullable(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z
    .object({ reason: z.enum(['max_output_tokens', 'content_filter']) })
    .nullable(),
  output: z.array(OutputItem),
  usage: ResponseUsage.nullable(),
  access_programs: z.null(),
}).meta({ id: 'Response' })
export type Response = z.infer<typeof Response>

const ofItem = { item_id: z.string(), output_index: z.int() }
const ofContent = { ...ofItem, content_index: z.int() }
const ofSummary = { ...ofItem, summary_index: z.int() }

function lifecycle<const T extends string>(type: T) {
  return z.object({ type: z.literal(type), response: Response })
}

/** What the events of a stream hold, but for their number. */
export const ResponseEventBody = z.discriminatedUnion('type', [
  lifecycle('response.created'),
  lifecycle('response.in_progress'),
  lifecycle('response.completed'),
  lifecycle('response.incomplete'),
  lifecycle('response.failed'),
  z.object({
    type: z.enum(['response.output_item.added', 'response.output_item.done']),
    output_index: z.int(),
    item: OutputItem,
  }),
  z.object({
    type: z.enum(['response.content_part.added', 'response.content_part.done']),
    ...ofContent,
    part: OutputText,
  }),
  z.object({
    type: z.literal('response.output_text.delta'),
    ...ofContent,
    delta: z.string(),
    logprobs: z.array(ResponseLogprob),
  }),
  z.object({
    type: z.literal('response.output_text.done'),
    ...ofContent,
    text: z.string(),
    logprobs: z.array(ResponseLogprob),
  }),
  z.object({
    type: z.enum(['response.reasoning_summary_part.added', 'response.reasoning_summary_part.done']),
    ...ofSummary,
    part: SummaryText,
  }),
  z.object({
    type: z.literal('response.reasoning_summary_text.delta'),
    ...ofSummary,
    delta: z.string(),
  }),
  z.object({
    type: z.literal('response.reasoning_summary_text.done'),
    ...ofSummary,
    text: z.string(),
  }),
  z.object({
    type: z.literal('response.function_call_arguments.delta'),
    ...ofItem,
    delta: z.string(),
  }),
  z.object({
    type: z.literal('response.function_call_arguments.done'),
    ...ofItem,
    arguments: z.string(),
  }),
])
export type ResponseEventBody = z.infer<typeof ResponseEventBody>

/** One event of a stream; its SSE event has the name of its type. */
export const ResponseEvent = z
  .intersection(
    ResponseEventBody,
    z.object({ sequence_number: z.int().meta({ description: 'From 0, without gaps' }) }),
  )
  .meta({ id: 'ResponseEvent' })
export type ResponseEvent = z.infer<typeof ResponseEvent>

export const createResponse = defineRoute({
  method: 'POST',
  path: '/v1/responses',
  summary: 'Ask a model for a response; with `stream` as events of `ResponseEvent`',
  ref: 'OpenAI API reference, responses',
  access: 'completions:run',
  body: ResponseRequest,
  reply: { 200: { json: Response, media: eventStream }, ...callRefusals },
})

const ResponsePlace = z.object({ response_id: z.string() })

export const getResponse = defineRoute({
  method: 'GET',
  path: '/v1/responses/{response_id}',
  summary: 'Read a response of your own that was stored',
  ref: 'OpenAI API reference, responses',
  access: 'completions:run',
  params: ResponsePlace,
  query: z.looseObject({ stream: z.string().optional() }),
  reply: { 200: Response, ...refusals, 404: OpenAiError },
})
