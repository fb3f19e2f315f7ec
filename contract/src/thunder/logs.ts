/** Reading inference logs. Source: thunder contract §1.6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { SpanStatus } from '../vocabulary.ts'
import { ErrorA, plainText } from './errors.ts'
import { AnyJson, F64, I32, I64, IntText, PageQuery, secondsOf, Ts } from './scalars.ts'

/** A time in a query: RFC 3339 with an offset, or seconds since the epoch. Read it with `timeOf`. */
const TimeText = z.string().refine((text) => !Number.isNaN(timeOf(text)), 'not a timestamp')

/** Unix seconds of an accepted time; NaN when the text is not one. */
export function timeOf(text: string): number {
  return secondsOf(/^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text)
}

/** The first four are the frozen wire; the others are additions of ours, joined by "and". */
export const LogListQuery = PageQuery.extend({
  collection_id: IntText.optional().meta({
    description: 'Only members of that collection, the newest added first',
  }),
  api_key: z.string().optional().meta({
    description: 'Honoured for admins only: the owner key exactly',
  }),
  q: z.string().optional().meta({
    description: 'Addition: part of the prompt, the output or the id, whatever the case',
  }),
  model: z.string().optional().meta({ description: 'Addition: exact model' }),
  mod: z.string().optional().meta({ description: 'Addition: exact name of the active mod' }),
  status: SpanStatus.optional().meta({ description: 'Addition: how the request ended' }),
  from: TimeText.optional().meta({ description: 'Addition: created at or after this time' }),
  to: TimeText.optional().meta({ description: 'Addition: created before this time' }),
  source: z.enum(['logs', 'all']).optional().meta({
    description: 'Addition: `all` lists spans of model calls from anywhere as well',
  }),
})
export type LogListQuery = z.infer<typeof LogListQuery>

export const LogSummary = z
  .object({
    request_id: z.string(),
    created_ts: Ts,
    finished_ts: Ts.nullable(),
    model_id: z.string().nullable(),
    user_api_key: z.string().nullable().meta({ description: 'Null for everybody but admins' }),
    final_text: z.string().nullable(),
    total_steps: z.int().meta({ description: 'Distinct steps among the events' }),
    favorited_by: z.array(z.string()),
    discussion_count: z.int(),
  })
  .meta({ id: 'LogSummary' })
export type LogSummary = z.infer<typeof LogSummary>

export const LogList = z
  .object({
    data: z.array(LogSummary),
    limit: z.int(),
    offset: z.int(),
    returned: z.int(),
  })
  .meta({ id: 'LogList' })
export type LogList = z.infer<typeof LogList>

export const OwnerList = z
  .object({
    api_keys: z.array(
      z.object({
        api_key: z.string().meta({
          description: 'The owner key for an admin, the first characters of it for anybody else',
        }),
        request_count: z.int(),
        latest_request_at: Ts,
      }),
    ),
    total: z.int(),
  })
  .meta({ id: 'OwnerList' })
export type OwnerList = z.infer<typeof OwnerList>

export const EventType = z.enum(['Prefilled', 'ForwardPass', 'Added', 'Sampled'])
export const ActionType = z.enum([
  'Noop',
  'AdjustedPrefill',
  'ForceTokens',
  'ForceOutput',
  'Backtrack',
  'AdjustedLogits',
  'ToolCalls',
  'EmitError',
])
export const LogLevel = z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR'])

const LogEvent = z
  .object({
    id: I64,
    event_type: EventType,
    step: I32,
    sequence_order: I32,
    created_at: Ts,
    prompt_length: I32.nullable(),
    max_steps: I32.nullable(),
    input_text: z.string().nullable(),
    top_tokens: AnyJson,
    sampled_token: I32.nullable(),
    token_text: z.string().nullable(),
    added_tokens: z.array(I32).nullable(),
    added_token_count: I32.nullable(),
    forced: z.boolean().nullable(),
  })
  .meta({ id: 'LogEvent' })

const LogModCall = z
  .object({
    id: I64,
    event_id: I64,
    mod_name: z.string(),
    event_type: EventType,
    step: I32,
    created_at: Ts,
    execution_time_ms: F64.nullable(),
    exception_occurred: z.boolean(),
    exception_message: z.string().nullable(),
  })
  .meta({ id: 'LogModCall' })

const LogModLog = z
  .object({
    id: I64,
    mod_call_id: I64,
    mod_name: z.string(),
    log_message: z.string(),
    log_level: LogLevel,
    created_at: Ts,
  })
  .meta({ id: 'LogModLog' })

const LogAction = z
  .object({
    action_id: I64,
    step_index: z.null(),
    mod_id: I64.meta({ description: 'The mod call that it belongs to' }),
    block_id: z.null(),
    block_key: z.null(),
    action_type: ActionType,
    event: z.null(),
    payload: z.looseObject({}),
    created_at: Ts,
  })
  .meta({ id: 'LogAction' })

const LogStep = z
  .object({
    step_index: I32,
    token: I32.nullable(),
    token_text: z.string().nullable(),
    forced: z.boolean(),
    forced_by: z.null(),
    adjusted_logits: z.boolean(),
    top_k: F64.nullable(),
    top_p: F64.nullable(),
    temperature: F64.nullable(),
    prob: F64.nullable(),
    logprob: F64.nullable(),
    entropy: F64.nullable(),
    flatness: F64.nullable(),
    surprisal: F64.nullable(),
    cum_nll: F64.nullable(),
    rng_counter: I64.nullable(),
    created_at: Ts,
  })
  .meta({ id: 'LogStep' })

/** One log whole. What is null always is kept for readers of the frozen wire. */
export const LogResponse = z
  .object({
    request_id: z.string(),
    created_ts: Ts,
    finished_ts: Ts.nullable(),
    system_prompt: z.string().nullable(),
    user_prompt: z.string().nullable(),
    formatted_prompt: z.string().nullable(),
    model_id: z.string().nullable(),
    user_api_key: z.string().nullable().meta({ description: 'Null for everybody but admins' }),
    is_public: z.boolean(),
    public_token: z.string().nullable(),
    model_version: z.null(),
    tokenizer_version: z.null(),
    vocab_hash: z.null(),
    sampler_preset: z.null(),
    sampler_algo: z.null(),
    rng_seed: z.null(),
    max_steps: I64.nullable(),
    active_mod: z.object({ id: z.int(), name: z.string() }).nullable(),
    final_tokens: z.array(I32).nullable(),
    final_text: z.string().nullable(),
    sequence_confidence: F64.nullable(),
    eos_reason: z.string().nullable(),
    request_tags: z.looseObject({}),
    favorited_by: z.array(z.string()),
    tags: z.array(z.string()),
    events: z.array(LogEvent),
    mod_calls: z.array(LogModCall),
    mod_logs: z.array(LogModLog),
    actions: z.array(LogAction),
    steps: z.array(LogStep),
    step_logit_summaries: z.array(AnyJson),
    inference_stats: AnyJson,
    discussion_count: z.int(),
  })
  .meta({ id: 'LogResponse' })
export type LogResponse = z.infer<typeof LogResponse>

export const LogParams = z.object({ request_id: z.string() })

export const listLogs = defineRoute({
  method: 'GET',
  path: '/logs',
  summary: 'List inference logs, the newest first',
  ref: 'thunder §1.3 GET /logs',
  access: 'logs:read',
  query: LogListQuery,
  reply: { 200: LogList, 400: plainText, 401: ErrorA, 403: ErrorA, 404: ErrorA },
})

export const listLogOwners = defineRoute({
  method: 'GET',
  path: '/logs/api-keys',
  summary: 'List whose logs there are, the most recently active first',
  ref: 'thunder §1.3 GET /logs/api-keys',
  access: 'logs:read',
  reply: { 200: OwnerList, 401: ErrorA, 403: ErrorA },
})

export const getLog = defineRoute({
  method: 'GET',
  path: '/logs/{request_id}',
  summary: 'Read one log with every step; a span id of a model call serves as well',
  ref: 'thunder §1.3 GET /logs/{request_id}',
  access: 'public',
  params: LogParams,
  reply: { 200: LogResponse, 401: ErrorA, 403: ErrorA, 404: ErrorA },
})

export const deleteLog = defineRoute({
  method: 'DELETE',
  path: '/logs/{request_id}',
  summary: 'Delete a log with its span, discussions and memberships; for its owner and admins',
  ref: 'thunder §10.6',
  access: 'logs:write',
  params: LogParams,
  reply: {
    200: z.object({ request_id: z.string(), message: z.string() }),
    401: ErrorA,
    403: ErrorA,
    404: ErrorA,
  },
})
