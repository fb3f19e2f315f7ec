/** An ingested document as the domain has it. Pure. Source: thunder contract §2.1, §10.5 item 10. */
import type { IngestDocument } from '@pharos/contract/thunder/ingest.ts'
import { secondsOf } from '@pharos/contract/thunder/scalars.ts'
import type {
  LoggedAction,
  LoggedEvent,
  LoggedRequest,
  ModCall,
  ModLog,
} from '../../features/inference-logs/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toWritableTime } from '../../platform/rfc3339.ts'
import { keysIn, strippingOf, withoutKey, withoutKeys, type Strip } from './strip-keys.ts'

type EventIn = NonNullable<IngestDocument['events']>[number]
type ModCallIn = NonNullable<IngestDocument['mod_calls']>[number]
type ModLogIn = NonNullable<IngestDocument['mod_logs']>[number]
type ActionIn = NonNullable<IngestDocument['actions']>[number]

/** Throws `invalid` for a link to something that the document does not hold. */
export function fromIngest(document: IngestDocument): LoggedRequest {
  const { request, events = [], mod_calls = [], mod_logs = [], actions = [] } = document
  checkLinks(mod_calls, 'event_sequence_order', 'mod_calls', events.length)
  checkLinks(mod_logs, 'mod_call_sequence', 'mod_logs', mod_calls.length)
  checkLinks(actions, 'mod_call_sequence', 'actions', mod_calls.length)
  const keys = keysIn(request)
  const strip = strippingOf(keys)
  return {
    requestId: request.request_id,
    createdAt: toTime(request.created_at),
    completedAt: toTime(request.completed_at),
    model: withoutKey(request.model),
    maxTokens: request.max_tokens ?? null,
    temperature: request.temperature ?? null,
    modText: withoutKeys(request.mod_text, keys),
    modName: withoutKey(request.active_mod_name) || null,
    systemPrompt: request.system_prompt ?? null,
    systemPromptTokens: request.system_prompt_token_ids ?? null,
    userPrompt: request.user_prompt ?? null,
    userPromptTokens: request.user_prompt_token_ids ?? null,
    finalTokens: request.final_token_ids ?? null,
    finalText: request.final_text ?? null,
    inferenceStats: request.inference_stats ?? null,
    events: events.map((event) => fromEvent(event, strip)),
    modCalls: mod_calls.map((call) => fromModCall(call, strip)),
    modLogs: mod_logs.map((log) => fromModLog(log, strip)),
    actions: actions.map((action) => fromAction(action, strip)),
  }
}

function checkLinks<K extends string>(
  items: readonly Readonly<Record<K, number>>[],
  key: K,
  list: string,
  count: number,
): void {
  const at = items.findIndex((item) => item[key] < 0 || item[key] >= count)
  if (at === -1) return
  const message = `${list}[${at}].${key} is ${items[at]?.[key]}, but there are ${count} to point to`
  throw new DomainError('invalid', message)
}

/** The nearest time that can be written out again. */
function toTime(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : toWritableTime(secondsOf(value))
}

function fromEvent(event: EventIn, strip: Strip): LoggedEvent {
  return {
    eventType: event.event_type,
    step: event.step,
    sequenceOrder: event.sequence_order,
    createdAt: toTime(event.created_at),
    details: strip(event.details ?? null),
    promptLength: event.prompt_length ?? null,
    tokensSoFar: event.tokens_so_far_len ?? null,
    maxSteps: event.max_steps ?? null,
    inputText: event.input_text ?? null,
    topTokens: event.top_tokens ?? null,
    sampledToken: event.sampled_token ?? null,
    tokenText: event.token_text ?? null,
    addedTokens: event.added_tokens ?? null,
    addedTokenCount: event.added_token_count ?? null,
    forced: event.forced ?? null,
  }
}

function fromModCall(call: ModCallIn, strip: Strip): ModCall {
  return {
    event: call.event_sequence_order,
    modName: withoutKey(call.mod_name) ?? '',
    eventType: call.event_type,
    step: call.step,
    createdAt: toTime(call.created_at),
    executionTimeMs: call.execution_time_ms ?? null,
    failed: call.exception_occurred ?? false,
    failure: strip(call.exception_message ?? null),
    traceback: strip(call.exception_traceback ?? null),
  }
}

function fromModLog(log: ModLogIn, strip: Strip): ModLog {
  return {
    modCall: log.mod_call_sequence,
    modName: withoutKey(log.mod_name) ?? '',
    message: strip(log.log_message),
    level: log.log_level ?? 'INFO',
    createdAt: toTime(log.created_at),
  }
}

function fromAction(action: ActionIn, strip: Strip): LoggedAction {
  return {
    modCall: action.mod_call_sequence,
    actionType: action.action_type,
    order: action.action_order,
    createdAt: toTime(action.created_at),
    details: strip(action.details ?? null),
    fields: strip(fieldsOf(action)),
  }
}

const figures = [
  'tokens',
  'token_count',
  'backtrack_steps',
  'new_prompt',
  'new_length',
  'adjusted_max_steps',
  'logits_shape',
  'temperature',
  'has_tool_calls',
  'tool_calls',
  'error_message',
] as const

/** The figures given beside the details, under the names they have there. */
function fieldsOf(action: ActionIn): LoggedAction['fields'] {
  const preview = action.tokens_preview ?? previewIn(action.details)
  const entries: [string, unknown][] = figures.map((key) => [key, action[key]])
  entries.push(['tokens_as_text', preview === null ? null : [preview]])
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined))
}

function previewIn(details: unknown): string | null {
  if (typeof details !== 'object' || details === null) return null
  const preview: unknown = Reflect.get(details, 'tokens_preview')
  return typeof preview === 'string' ? preview : null
}
