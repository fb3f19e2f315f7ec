/** One finished inference request, as an engine posts it. Source: thunder contract §2. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorA, rejectedBody, plainText } from './errors.ts'
import { ActionType, EventType, LogLevel } from './logs.ts'
import { F64, I32, opt, TsIn } from './scalars.ts'

const json = z.unknown().optional()
const text = opt(z.string())
const integer = opt(I32)
const tokens = opt(z.array(I32))

/** Longer than the upstream's 255 characters, and short enough for any index. */
const maxIdLength = 512

/** Any text that stands for itself on a path and in a database. */
const RequestId = z
  .string()
  .max(maxIdLength)
  .refine((id) => id.isWellFormed() && !id.includes('\0'), 'holds U+0000 or a lone surrogate')
  .meta({
    description: 'Kept as it is. Of `stream` and `api-keys` the log is read by its span id only',
  })

export const LoggedRequestIn = z
  .object({
    request_id: RequestId,
    created_at: opt(TsIn),
    completed_at: opt(TsIn),
    model: text,
    user_api_key: text,
    max_tokens: integer,
    temperature: opt(F64),
    mod_text: text,
    system_prompt: text,
    system_prompt_token_ids: tokens,
    user_prompt: text,
    user_prompt_token_ids: tokens,
    active_mod_name: text,
    final_token_ids: tokens,
    final_text: text,
    inference_stats: json,
  })
  .meta({ id: 'LoggedRequestIn' })

export const LoggedEventIn = z
  .object({
    event_type: EventType,
    step: I32,
    sequence_order: I32,
    created_at: opt(TsIn),
    details: json,
    prompt_length: integer,
    tokens_so_far_len: integer,
    max_steps: integer,
    input_text: text,
    top_tokens: json,
    sampled_token: integer,
    token_text: text,
    added_tokens: tokens,
    added_token_count: integer,
    forced: opt(z.boolean()),
  })
  .meta({ id: 'LoggedEventIn' })

export const ModCallIn = z
  .object({
    event_sequence_order: I32.meta({ description: 'Index into `events`, from 0' }),
    mod_name: z.string(),
    event_type: EventType,
    step: I32,
    created_at: opt(TsIn),
    execution_time_ms: opt(F64),
    exception_occurred: z.boolean().optional(),
    exception_message: text,
    exception_traceback: text,
  })
  .meta({ id: 'ModCallIn' })

const modCallSequence = I32.meta({ description: 'Index into `mod_calls`, from 0' })

export const ModLogIn = z
  .object({
    mod_call_sequence: modCallSequence,
    mod_name: z.string(),
    log_message: z.string(),
    log_level: LogLevel.optional(),
    created_at: opt(TsIn),
  })
  .meta({ id: 'ModLogIn' })

export const ActionIn = z
  .object({
    mod_call_sequence: modCallSequence,
    action_type: ActionType,
    action_order: I32,
    created_at: opt(TsIn),
    details: json,
    new_prompt: text,
    new_length: integer,
    adjusted_max_steps: integer,
    token_count: integer,
    tokens,
    tokens_preview: text,
    backtrack_steps: integer,
    logits_shape: text,
    temperature: opt(F64),
    has_tool_calls: opt(z.boolean()),
    tool_calls: json,
    error_message: text,
  })
  .meta({ id: 'ActionIn' })

export const IngestDocument = z
  .object({
    request: LoggedRequestIn,
    events: z.array(LoggedEventIn).optional(),
    mod_calls: z.array(ModCallIn).optional(),
    mod_logs: z.array(ModLogIn).optional(),
    actions: z.array(ActionIn).optional(),
  })
  .meta({ id: 'IngestDocument' })
export type IngestDocument = z.infer<typeof IngestDocument>

export const ingestLog = defineRoute({
  method: 'POST',
  path: '/v1/ingest',
  summary: 'Store a finished inference request with every step; again replaces it',
  ref: 'thunder §1.3 POST /v1/ingest',
  access: 'ingest',
  body: IngestDocument,
  reply: {
    201: plainText,
    400: ErrorA,
    401: ErrorA,
    403: ErrorA,
    409: ErrorA,
    503: ErrorA,
    ...rejectedBody,
  },
})
