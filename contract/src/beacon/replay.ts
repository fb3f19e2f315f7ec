/** Running an LLM call again with changes. Source: beacon contract §4. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, ValidationReply, withBody } from './errors.ts'
import { Id, intIn, JsonObject } from './scalars.ts'
import { SpanParams } from './spans.ts'

export const ReplayInput = z
  .object({
    span_id: Id,
    /** Laid over the span's attributes, key by key. */
    modified_attributes: JsonObject,
  })
  .meta({ id: 'ReplayInput' })
export type ReplayInput = z.infer<typeof ReplayInput>

export const ReplayOutput = z
  .object({
    'llm.completion': z.string(),
    'llm.tokens.input': z.int(),
    'llm.tokens.output': z.int(),
    'llm.cost_usd': z.number(),
  })
  .meta({ id: 'ReplayOutput' })
export type ReplayOutput = z.infer<typeof ReplayOutput>

export const ReplayDiff = z
  .object({ old_completion: z.string(), new_completion: z.string(), changed: z.boolean() })
  .meta({ id: 'ReplayDiff' })
export type ReplayDiff = z.infer<typeof ReplayDiff>

export const ReplayReply = z
  .object({
    replay_id: z.string(),
    original_span_id: z.string(),
    new_output: ReplayOutput,
    diff: ReplayDiff,
  })
  .meta({ id: 'ReplayReply' })
export type ReplayReply = z.infer<typeof ReplayReply>

/** One stored replay. `new_output` and `diff` of an imported one are as its file had them. */
export const ReplayEntry = z
  .object({
    replay_id: z.string(),
    original_span_id: z.string(),
    trace_id: z.string(),
    /** The span that recorded the new call; null for replays of an imported Beacon database. */
    replay_span_id: z.string().nullable(),
    modified_attributes: z.record(z.string(), z.unknown()),
    new_output: z.record(z.string(), z.unknown()),
    diff: z.record(z.string(), z.unknown()),
    created_at: z.number(),
  })
  .meta({ id: 'ReplayEntry' })
export type ReplayEntry = z.infer<typeof ReplayEntry>

export const ReplayList = z
  .object({
    replays: z.array(ReplayEntry),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'ReplayList' })
export type ReplayList = z.infer<typeof ReplayList>

/** A stretch of text that both completions have, or that one of them has. */
export const DiffStretch = z
  .object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() })
  .meta({ id: 'DiffStretch' })
export type DiffStretch = z.infer<typeof DiffStretch>

export const AttributeChange = z
  .object({
    key: z.string(),
    /** Absent where the original span has no such attribute. */
    before: z.unknown().optional(),
    after: z.unknown(),
  })
  .meta({ id: 'AttributeChange' })
export type AttributeChange = z.infer<typeof AttributeChange>

export const ReplayDetail = ReplayEntry.extend({
  /** The replays that led to the original span, nearest first; empty for a call of a client. */
  ancestors: z.array(z.object({ replay_id: z.string(), original_span_id: z.string() })),
  changed_attributes: z.array(AttributeChange),
  /** Word by word; null when the two differ too much for it to be of use. */
  completion_diff: z.array(DiffStretch).nullable(),
}).meta({ id: 'ReplayDetail' })
export type ReplayDetail = z.infer<typeof ReplayDetail>

export const replay = defineRoute({
  method: 'POST',
  path: '/v1/replay',
  summary: 'Run an LLM call again with changed attributes',
  ref: 'beacon §1.1-18',
  access: 'completions:run',
  body: ReplayInput,
  reply: {
    200: ReplayReply,
    400: ErrorReply,
    502: ErrorReply,
    508: ErrorReply,
    ...guarded,
    ...withBody,
  },
})

export const listReplays = defineRoute({
  method: 'GET',
  path: '/v1/spans/{span_id}/replays',
  summary: 'List the replays of a span, newest first',
  access: 'traces:read',
  params: SpanParams,
  query: z.object({
    limit: intIn({ min: 1, max: 200, default: 50 }).optional(),
    offset: intIn({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }).optional(),
  }),
  reply: { 200: ReplayList, 404: ErrorReply, 422: ValidationReply, ...guarded },
})

export const getReplay = defineRoute({
  method: 'GET',
  path: '/v1/replays/{replay_id}',
  summary: 'Read one replay with its lineage and what changed',
  access: 'traces:read',
  params: z.object({ replay_id: Id }),
  reply: { 200: ReplayDetail, 404: ErrorReply, 422: ValidationReply, ...guarded },
})
