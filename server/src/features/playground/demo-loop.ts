import { DomainError } from '../../platform/domain-error.ts'
import {
  admitCall,
  closeSpans,
  complete,
  firstCharacters,
  prepareCall,
  type Call,
  type CompletionContext,
  type ContentPart,
  type Message,
  type Outcome,
  type Reply,
  type ToolCall,
} from '../completion/index.ts'
import { newSpan, type NewSpan } from '../traces/index.ts'
import type { AskedModel } from './asked-model.ts'
import { toMessage } from './conversation.ts'
import { demoPromptText } from './demo-prompt.ts'
import { rootSpan, type RootEnd, type RootPlace } from './root-span.ts'
import type { Scenario } from './scenarios.ts'
import { simulateTool } from './simulated-tools.ts'

/** A demo agent that is about to work; its root span is open. */
export interface Demo {
  readonly scenario: Scenario
  readonly asked: AskedModel
  readonly root: RootPlace
}

/** An agent that still wants tools by then is stopped, which is no error. */
const maxSteps = 5
const temperature = 0.7

type End = Omit<RootEnd, 'endTime'>
const done: End = { status: 'ok', errorMessage: null }

/**
 * Lets the agent work until it asks for no more tools, a call fails, or `signal` aborts, and
 * closes its root span. Never rejects. Source: beacon contract §7.2.
 */
export async function carryOutDemo(
  ctx: CompletionContext,
  demo: Demo,
  signal: AbortSignal,
): Promise<void> {
  const end = await work(ctx, demo, signal).catch((error: unknown): End => {
    ctx.log.error({ err: error }, 'a demo agent could not go on')
    const isKnown = error instanceof DomainError
    return { status: 'error', errorMessage: isKnown ? error.message : 'The demo could not go on' }
  })
  const endTime = ctx.clock.nowSeconds()
  await closeSpans(ctx, [rootSpan(demo.root, { ...end, endTime })], 'after')
}

async function work(ctx: CompletionContext, demo: Demo, signal: AbortSignal): Promise<End> {
  let messages = firstMessages(demo.scenario)
  for (let step = 0; step < maxSteps; step += 1) {
    const outcome = await askModel(ctx, { demo, messages }, signal)
    if (outcome.status === 'failed') {
      return { status: 'error', errorMessage: firstCharacters(outcome.message) }
    }
    const { toolCalls } = outcome.reply
    if (toolCalls.length === 0) return done
    const tools = toolCalls.map((toolCall) => useTool(ctx, demo.root, toolCall))
    await closeSpans(
      ctx,
      tools.map(({ span }) => span),
      'after',
    )
    messages = [...messages, spoken(outcome.reply), heard(tools.map(({ answer }) => answer))]
  }
  return done
}

/** One call and its span under the root. */
async function askModel(
  ctx: CompletionContext,
  { demo, messages }: { readonly demo: Demo; readonly messages: readonly Message[] },
  signal: AbortSignal,
): Promise<Outcome> {
  const { traceId, spanId: parentSpanId } = demo.root
  const { name } = demo.asked
  const startTime = ctx.clock.nowSeconds()
  const place = { traceId, spanId: ctx.ids.uuid(), parentSpanId, name, startTime }
  const call = await admitCall(ctx, callOf(demo, messages))
  return complete(ctx, call, place, { announce: 'after', signal })
}

function callOf({ scenario, asked }: Demo, messages: readonly Message[]): Call {
  const request = { model: asked.model, messages, tools: scenario.tools, options: { temperature } }
  const call = prepareCall(asked.connection, request, { mode: 'whole', book: 'beacon' })
  const { kind } = asked.connection
  return { ...call, promptText: demoPromptText({ kind, messages, openaiText: call.promptText }) }
}

function firstMessages({ systemPrompt, userMessage }: Scenario): readonly Message[] {
  return [
    toMessage({ role: 'system', text: systemPrompt }),
    toMessage({ role: 'user', text: userMessage }),
  ]
}

function spoken({ text, toolCalls }: Reply): Message {
  const said: ContentPart[] = text === '' ? [] : [{ type: 'text', text }]
  const calls = toolCalls.map((toolCall) => ({ type: 'tool-call', ...toolCall }) as const)
  return { role: 'assistant', content: [...said, ...calls] }
}

function heard(answers: readonly ContentPart[]): Message {
  return { role: 'tool', content: answers }
}

/** Tools are simulated, so their spans begin and end at once. */
function useTool(
  { clock, ids }: CompletionContext,
  root: RootPlace,
  { id, name, argumentsText }: ToolCall,
): { readonly span: NewSpan; readonly answer: ContentPart } {
  const text = simulateTool(name)
  const at = clock.nowSeconds()
  const span = newSpan({
    spanId: ids.uuid(),
    traceId: root.traceId,
    parentSpanId: root.spanId,
    spanType: 'tool_use',
    name,
    status: 'ok',
    errorMessage: null,
    startTime: at,
    endTime: at,
    sdkLanguage: null,
    attributes: { 'tool.name': name, 'tool.input': argumentsText, 'tool.output': text },
  })
  return { span, answer: { type: 'tool-result', id, text } }
}
