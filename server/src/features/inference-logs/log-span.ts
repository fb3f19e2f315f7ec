import { createHash } from 'node:crypto'
import { newSpan, type NewSpan } from '../traces/index.ts'
import { figureOf, type LoggedRequest } from './logged-request.ts'

/** A log's ids among traces and spans. Source: rulings §9. */
export function spanIdsOf(requestId: string): { spanId: string; traceId: string } {
  return {
    traceId: digest(`thunder:trace:${requestId}`).slice(0, 32),
    spanId: digest(`thunder:span:${requestId}`).slice(0, 16),
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export interface LogOutcome {
  readonly status: 'ok' | 'error' | 'unset'
  readonly errorMessage: string | null
}

/** An error that a mod made or met, nothing yet, or a success. Source: rulings §9. */
export function outcomeOf({ actions, modCalls, completedAt, events }: LoggedRequest): LogOutcome {
  const raised = actions.find(({ actionType }) => actionType === 'EmitError')
  if (raised) {
    const message = figureOf(raised, 'error_message')
    return { status: 'error', errorMessage: typeof message === 'string' ? message : 'EmitError' }
  }
  const broken = modCalls.find(({ failed }) => failed)
  if (broken) {
    const errorMessage = broken.failure ?? `Mod ${broken.modName} raised an exception`
    return { status: 'error', errorMessage }
  }
  const isOver = completedAt !== null || events.length > 0
  return { status: isOver ? 'ok' : 'unset', errorMessage: null }
}

/** What the log knows that its span tells as well. */
export interface SpanFacts extends LogOutcome {
  readonly receivedAt: number
  readonly totalSteps: number
  readonly sequenceConfidence: number | null
}

/** The model call beside a log. Source: rulings §9, the table. */
export function logSpan(request: LoggedRequest, facts: SpanFacts): NewSpan {
  const { status, errorMessage, receivedAt } = facts
  const startTime = request.createdAt ?? receivedAt
  return newSpan({
    ...spanIdsOf(request.requestId),
    parentSpanId: null,
    spanType: 'llm_call',
    name: 'thunder.inference',
    status,
    errorMessage,
    startTime,
    endTime: request.completedAt ?? lastEventTime(request, startTime, receivedAt),
    sdkLanguage: null,
    attributes: attributesOf(request, facts),
  })
}

/** Engines stamp events with whole seconds, which may lie before the start. */
function lastEventTime({ events }: LoggedRequest, start: number, receivedAt: number) {
  const last = events.at(-1)
  return last ? Math.max(start, last.createdAt ?? receivedAt) : null
}

function attributesOf(request: LoggedRequest, facts: SpanFacts): Record<string, unknown> {
  const tokens = tokensOf(request)
  return given({
    'llm.provider': 'thunder',
    'llm.model': modelOf(request),
    'llm.prompt': promptOf(request),
    'llm.completion': request.finalText,
    'llm.tokens.input': tokens.input,
    'llm.tokens.output': tokens.output,
    'llm.tokens.total': tokens.total,
    'llm.finish_reason': finishReasonOf(request, facts, tokens.output),
    'llm.tool_calls': toolCallsOf(request),
    'llm.temperature': request.temperature,
    'llm.max_tokens': request.maxTokens,
    'thunder.request_id': request.requestId,
    'thunder.mod_name': request.modName,
    'thunder.steps': facts.totalSteps,
    'thunder.mod_calls': request.modCalls.length,
    'thunder.actions': request.actions.length,
    'thunder.sequence_confidence': facts.sequenceConfidence,
  })
}

/** The model that ran, without the mod that was switched on by its name. */
export function modelOf({ model, modName }: Pick<LoggedRequest, 'model' | 'modName'>) {
  if (model === null || modName === null || modName === '') return model
  const suffix = `/${modName}`
  return model.endsWith(suffix) && model.length > suffix.length
    ? model.slice(0, -suffix.length)
    : model
}

/** JSON text of a message list, as every other span of a model call has it. */
function promptOf({ systemPrompt, userPrompt }: LoggedRequest): string | null {
  const messages = [
    ...(systemPrompt === null ? [] : [{ role: 'system', content: systemPrompt }]),
    ...(userPrompt === null ? [] : [{ role: 'user', content: userPrompt }]),
  ]
  return messages.length === 0 ? null : JSON.stringify(messages)
}

function tokensOf({
  inferenceStats,
  systemPromptTokens,
  userPromptTokens,
  finalTokens,
}: LoggedRequest) {
  const prompts = [systemPromptTokens, userPromptTokens].filter((tokens) => tokens !== null)
  const counted = prompts.length > 0 ? prompts.reduce((sum, { length }) => sum + length, 0) : null
  const input = statOf(inferenceStats, 'prompt_tokens') ?? counted
  const output = statOf(inferenceStats, 'generated_tokens') ?? finalTokens?.length ?? null
  const sum = input === null || output === null ? null : input + output
  return { input, output, total: statOf(inferenceStats, 'total_tokens') ?? sum }
}

function statOf(stats: unknown, key: string): number | null {
  if (typeof stats !== 'object' || stats === null) return null
  const value: unknown = Reflect.get(stats, key)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function finishReasonOf(
  { actions, maxTokens }: LoggedRequest,
  { status }: SpanFacts,
  output: number | null,
): string | null {
  if (actions.some(({ actionType }) => actionType === 'ToolCalls')) return 'tool_calls'
  if (status === 'error') return 'error'
  if (output !== null && output === maxTokens) return 'length'
  return status === 'unset' ? null : 'stop'
}

/** JSON text, as an engine sends them. */
function toolCallsOf({ actions }: LoggedRequest): string | null {
  const action = actions.findLast(({ actionType }) => actionType === 'ToolCalls')
  const calls = action && figureOf(action, 'tool_calls')
  if (calls === undefined || calls === null) return null
  return typeof calls === 'string' ? calls : JSON.stringify(calls)
}

function given(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined),
  )
}
