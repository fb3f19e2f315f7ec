import { z } from 'zod'
import { isJsonObject, type JsonObject } from '../../platform/json.ts'
import { badField } from './engine-fault.ts'
import type { GenerateJob, Grammar, Prompt } from './engine-protocol.ts'
import type { LoadPlan } from './load-plan.ts'
import { readMessages } from './read-messages.ts'
import { generationFields, samplingOf, stopOf } from './read-sampling.ts'
import { readShape } from './read-shape.ts'
import { readTools, toolFields, type ToolUse } from './read-tools.ts'

const schemaObject = z.record(z.string(), z.unknown())

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object'), schema: schemaObject.nullish() }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({ schema: schemaObject.nullish() }),
  }),
])

const promptFields = {
  ...toolFields,
  messages: z.array(z.unknown()).min(1),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
  reasoning_effort: z.string().nullish(),
}

const chatRequest = z.object({
  ...generationFields,
  ...promptFields,
  max_completion_tokens: z.int().min(1).nullish(),
  response_format: responseFormat.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
})

const chatPrompt = z.object(promptFields)

/** What replies to a chat and to texts have in common. */
export interface GenerationWork {
  readonly model: string
  readonly isStream: boolean
  readonly includesUsage: boolean
  /** With how many alternatives the client wants each token; null where it does not. */
  readonly logprobs: number | null
  /** One for each choice of the reply, in their order. */
  readonly jobs: readonly GenerateJob[]
}

export interface ChatWork extends GenerationWork {
  readonly kind: 'chat'
  readonly tools: ToolUse | null
}

/**
 * A body of `/chat/completions` as jobs. Unknown fields are ignored. `traceTokens` is how many
 * alternatives somebody besides the client wants. Throws EngineFault.
 */
export function readChatRequest(
  body: JsonObject,
  plan: LoadPlan,
  traceTokens: number | null,
): ChatWork {
  const fields = readShape(chatRequest, body)
  const tools = readTools(fields)
  const logprobs = logprobsOf(fields)
  const job = {
    prompt: promptOf(fields, tools),
    maxTokens: fields.max_completion_tokens ?? fields.max_tokens ?? plan.options.maxTokens ?? null,
    stop: stopOf(fields),
    grammar: grammarOf(fields, tools),
    top: topOf(logprobs, traceTokens),
  }
  const choices = Array.from({ length: fields.n ?? 1 }, (_, at) => at)
  return {
    kind: 'chat',
    model: fields.model ?? plan.name,
    isStream: fields.stream ?? false,
    includesUsage: fields.stream_options?.include_usage ?? false,
    logprobs,
    tools,
    jobs: choices.map((at) => ({ ...job, sampling: samplingOf(fields, plan, at) })),
  }
}

/** The prompt alone, for counting. Throws EngineFault. */
export function readChatPrompt(body: JsonObject): Prompt {
  const fields = readShape(chatPrompt, body)
  return promptOf(fields, readTools(fields))
}

/** The most that anybody asked for. */
export function topOf(logprobs: number | null, traceTokens: number | null): number | null {
  if (logprobs === null) return traceTokens
  return Math.max(logprobs, traceTokens ?? 0)
}

function promptOf(fields: z.infer<typeof chatPrompt>, tools: ToolUse | null): Prompt {
  const effort = fields.reasoning_effort
  const thinking =
    effort === 'none' ? { enable_thinking: false } : { reasoning_effort: effort ?? undefined }
  const given = { ...thinking, ...fields.chat_template_kwargs }
  const variables = Object.entries(given).filter(([, value]) => value !== undefined)
  return {
    kind: 'chat',
    messages: readMessages(fields.messages),
    tools: tools?.tools ?? [],
    variables: Object.fromEntries(variables),
  }
}

type ChatFields = z.infer<typeof chatRequest>

function logprobsOf({ logprobs, top_logprobs: top }: ChatFields): number | null {
  if (logprobs) return top ?? 0
  if (top) throw badField('top_logprobs', 'top_logprobs: needs logprobs to be true')
  return null
}

function grammarOf(fields: ChatFields, tools: ToolUse | null): Grammar | null {
  const { grammar: text, response_format: format } = fields
  const wanted = format ? formatGrammar(format) : null
  if (text && wanted) throw badField('grammar', 'grammar: response_format says something else')
  if (tools?.grammar) {
    if (text) throw badField('grammar', 'grammar: tool_choice says something else')
    return tools.grammar
  }
  return text ? { kind: 'gbnf', text } : wanted
}

function formatGrammar(format: z.infer<typeof responseFormat>): Grammar | null {
  if (format.type === 'text') return null
  const schema = format.type === 'json_schema' ? format.json_schema.schema : format.schema
  if (!isJsonObject(schema)) return { kind: 'json' }
  return { kind: 'json-schema', schema, param: 'response_format' }
}
