/**
 * Writes the document of a log: the finished JSON of everything that all its readers see alike, so
 * that a read only splices text. Source of the shape: thunder contract §1.6 (LogResponse), in the
 * form in which both of the upstream's paths agree (§10.4, defects 3, 6, 8 and 29).
 */
import { isJsonObject } from '../../platform/json.ts'
import { toRfc3339 } from '../../platform/rfc3339.ts'
import type { LoggedAction, LoggedEvent, LoggedRequest } from './logged-request.ts'
import { keptSamples, measureSteps, sequenceConfidence, type StepMeasure } from './metrics.ts'
import { TemplateBuilder, type TextTemplate } from './text-template.ts'

export interface DocumentPlan {
  /** A LogDocument but for the ids of its children. */
  readonly document: TextTemplate
  /** How many ids its children need: events, then mod calls, mod logs and actions. */
  readonly childCount: number
  readonly sequenceConfidence: number | null
}

const json = JSON.stringify

/** `receivedAt` stands in for the times that the engine left out. */
export function planDocument(request: LoggedRequest, receivedAt: number): DocumentPlan {
  const { events, modCalls, modLogs, actions } = request
  const timeOf = (time: number | null): string => toRfc3339(time ?? receivedAt)
  const order = positionsBy(events, (a, b) => a.sequenceOrder - b.sequenceOrder)
  const inOrder = order.flatMap((position) => events[position] ?? [])
  const measures = measureSteps(inOrder)
  const confidence = sequenceConfidence(
    measures.map(({ prob }) => prob),
    keptSamples(request, order),
  )
  const firstCall = events.length
  const firstLog = firstCall + modCalls.length
  const firstAction = firstLog + modLogs.length
  const byTime = (a: Timed, b: Timed): number =>
    (a.createdAt ?? receivedAt) - (b.createdAt ?? receivedAt)

  const builder = new TemplateBuilder()
  builder.text(`{${headOf(request, confidence)},"events":[`)
  writeEach(builder, order, (position) => {
    const event = events[position]
    if (event) builder.text('{"id":').hole(position).text(eventRest(event, timeOf))
  })
  builder.text('],"mod_calls":[')
  writeEach(builder, positionsBy(modCalls, byTime), (position) => {
    const call = modCalls[position]
    if (!call) return
    builder.text('{"id":').hole(firstCall + position)
    builder.text(',"event_id":').hole(call.event)
    builder.text(callRest(call, timeOf))
  })
  builder.text('],"mod_logs":[')
  writeEach(builder, positionsBy(modLogs, byTime), (position) => {
    const log = modLogs[position]
    if (!log) return
    builder.text('{"id":').hole(firstLog + position)
    builder.text(',"mod_call_id":').hole(firstCall + log.modCall)
    builder.text(logRest(log, timeOf))
  })
  builder.text('],"actions":[')
  const byTimeAndOrder = (a: LoggedAction, b: LoggedAction): number =>
    byTime(a, b) || a.order - b.order
  writeEach(builder, positionsBy(actions, byTimeAndOrder), (position) => {
    const action = actions[position]
    if (!action) return
    builder.text('{"action_id":').hole(firstAction + position)
    builder.text(',"step_index":null,"mod_id":').hole(firstCall + action.modCall)
    builder.text(actionRest(action, timeOf))
  })
  builder.text(`],"steps":[${stepsOf(inOrder, measures, timeOf)}]}`)
  return {
    document: builder.build(),
    childCount: firstAction + actions.length,
    sequenceConfidence: confidence,
  }
}

interface Timed {
  readonly createdAt: number | null
}

type TimeOf = (time: number | null) => string

/** Positions in a list, in the order of what is there; equals keep their places. */
function positionsBy<T>(items: readonly T[], compare: (a: T, b: T) => number): number[] {
  return items
    .map((item, position) => ({ item, position }))
    .sort((a, b) => compare(a.item, b.item))
    .map(({ position }) => position)
}

function writeEach(
  builder: TemplateBuilder,
  positions: readonly number[],
  write: (position: number) => void,
): void {
  for (const [index, position] of positions.entries()) {
    if (index > 0) builder.text(',')
    write(position)
  }
}

/** The members of the log itself, without the braces. */
function headOf(request: LoggedRequest, confidence: number | null): string {
  const { completedAt, modName } = request
  const head = {
    finished_ts: completedAt === null ? null : toRfc3339(completedAt),
    system_prompt: request.systemPrompt,
    user_prompt: request.userPrompt,
    formatted_prompt: null,
    model_id: request.model,
    model_version: null,
    tokenizer_version: null,
    vocab_hash: null,
    sampler_preset: null,
    sampler_algo: null,
    rng_seed: null,
    max_steps: request.maxTokens,
    active_mod: modName === null ? null : { id: 0, name: modName },
    final_tokens: request.finalTokens,
    final_text: request.finalText,
    sequence_confidence: confidence,
    eos_reason: null,
    request_tags: {},
    step_logit_summaries: [],
    inference_stats: request.inferenceStats ?? null,
  }
  return json(head).slice(1, -1)
}

/** What follows an object's first members: its rest, begun with a comma. */
function rest(members: object): string {
  return `,${json(members).slice(1)}`
}

function eventRest(event: LoggedEvent, timeOf: TimeOf): string {
  return rest({
    event_type: event.eventType,
    step: event.step,
    sequence_order: event.sequenceOrder,
    created_at: timeOf(event.createdAt),
    prompt_length: event.promptLength,
    max_steps: event.maxSteps,
    input_text: event.inputText,
    top_tokens: event.topTokens ?? null,
    sampled_token: event.sampledToken,
    token_text: event.tokenText,
    added_tokens: event.addedTokens,
    added_token_count: event.addedTokenCount,
    forced: event.forced,
  })
}

function callRest(call: LoggedRequest['modCalls'][number], timeOf: TimeOf): string {
  return rest({
    mod_name: call.modName,
    event_type: call.eventType,
    step: call.step,
    created_at: timeOf(call.createdAt),
    execution_time_ms: call.executionTimeMs,
    exception_occurred: call.failed,
    exception_message: call.failure,
  })
}

function logRest(log: LoggedRequest['modLogs'][number], timeOf: TimeOf): string {
  return rest({
    mod_name: log.modName,
    log_message: log.message,
    log_level: log.level,
    created_at: timeOf(log.createdAt),
  })
}

function actionRest(action: LoggedAction, timeOf: TimeOf): string {
  const { details, fields } = action
  return rest({
    block_id: null,
    block_key: null,
    action_type: action.actionType,
    event: null,
    // Keys of the details come first and win: the engine fills nothing else.
    payload: isJsonObject(details) ? { ...details, ...lacking(fields, details) } : fields,
    created_at: timeOf(action.createdAt),
  })
}

function lacking(fields: LoggedAction['fields'], details: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(details, key)))
}

function stepsOf(
  events: readonly LoggedEvent[],
  measures: readonly StepMeasure[],
  timeOf: TimeOf,
): string {
  const sampled = events.filter(({ eventType }) => eventType === 'Sampled')
  return sampled
    .map((event, index) =>
      json({
        step_index: event.step,
        token: event.sampledToken,
        token_text: event.tokenText,
        forced: event.forced ?? false,
        forced_by: null,
        adjusted_logits: false,
        top_k: null,
        top_p: null,
        temperature: null,
        ...measures[index],
        cum_nll: null,
        rng_counter: null,
        created_at: timeOf(event.createdAt),
      }),
    )
    .join(',')
}
