import {
  reasoningEfforts,
  type CompletionOptions,
  type JsonMap,
  type Message,
  type ReadAsk,
  type ReasoningEffort,
} from '../../features/completion/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { Fields, unfit } from './fields.ts'
import { readSampling, samplingWords } from './read-sampling.ts'
import { readInput, type Past } from './responses-input.ts'
import { readText } from './responses-text.ts'
import { readResponseTools } from './responses-tools.ts'

/** Fields that are read here or by whoever keeps and shows the response, or that change nothing. */
const known: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'previous_response_id',
  'stream',
  'stream_options',
  'store',
  'metadata',
  'include',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'user',
  'frequency_penalty',
  'presence_penalty',
  'max_output_tokens',
  'max_tool_calls',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'truncation',
  'client_metadata',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
])

/** What may be asked to be told beside the answer; but for chances it is always or never there. */
const includable: ReadonlySet<string> = new Set([
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
  'message.input_image.image_url',
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
])

/**
 * A request for a response as the core understands it. `past` is what its `previous_response_id`
 * and item references stand for. No provider is asked in this dialect, so whatever the core has no
 * word for is named in `nativeOnly`. Source: OpenAI's API reference, responses.
 * @throws DomainError `invalid` with `details.param` for a field that is not of its type.
 */
export function fromResponseRequest(map: JsonMap, past: Past): ReadAsk {
  const body = new Fields(map)
  const { messages, nativeOnly: inInput } = readInput(body, past)
  const called = readResponseTools(body)
  const text = readText(body)
  const reasoning = readReasoning(body)
  const options: CompletionOptions = {
    ...readSampling(body),
    ...withoutUndefined({
      maxTokens: body.integer('max_output_tokens'),
      user: body.text('user') ?? body.text('safety_identifier'),
      reasoning: reasoning.effort === undefined ? undefined : { effort: reasoning.effort },
      logprobs: hasLogprobs(body) ? { top: body.integer('top_logprobs') ?? 0 } : undefined,
      parallelToolCalls: body.boolean('parallel_tool_calls'),
      toolChoice: called.toolChoice,
      responseFormat: text.format,
    }),
  }
  const odd = [...text.nativeOnly, ...reasoning.nativeOnly, ...oddValues(body)]
  return {
    request: {
      model: body.requiredText('model'),
      messages: [...instructionsOf(body), ...messages],
      ...(called.tools.length === 0 ? {} : { tools: called.tools }),
      options,
    },
    nativeOnly: [...inInput, ...called.nativeOnly, ...odd, ...body.others(known)],
  }
}

/** Whether the chances of the tokens are asked for. */
export function hasLogprobs(body: Fields): boolean {
  const isAsked = includedOf(body).some(([one]) => one === 'message.output_text.logprobs')
  return isAsked || Number(body.integer('top_logprobs')) > 0
}

/** They hold for this request only. */
function instructionsOf(body: Fields): readonly Message[] {
  const text = body.text('instructions') ?? ''
  return text === '' ? [] : [{ role: 'system', content: [{ type: 'text', text }] }]
}

/** Known fields with a value that means more than the usual one. */
function oddValues(body: Fields): readonly string[] {
  const tier = body.text('service_tier') ?? 'auto'
  const truncation = body.text('truncation') ?? 'disabled'
  return [
    ...(tier === 'auto' || tier === 'default' ? [] : ['service_tier']),
    ...(truncation === 'disabled' ? [] : ['truncation']),
    ...includedOf(body).flatMap(([one, at]) => (includable.has(one) ? [] : [at])),
  ]
}

/** What is to be included, with the place of each. */
function includedOf(body: Fields): readonly (readonly [string, string])[] {
  return (body.list('include') ?? []).map((one, index) => {
    const at = `include[${index}]`
    if (typeof one !== 'string') throw unfit(at, 'a string')
    return [one, at]
  })
}

interface ReadReasoning {
  readonly effort: ReasoningEffort | undefined
  readonly nativeOnly: readonly string[]
}

/** Thinking is told as it comes, whichever kind of summary is asked for. */
function readReasoning(body: Fields): ReadReasoning {
  const reasoning = body.fields('reasoning')
  if (reasoning === undefined) return { effort: undefined, nativeOnly: [] }
  const word = reasoning.text('effort')
  const effort = reasoningEfforts.find((one) => one === word)
  return {
    effort,
    nativeOnly: [
      ...(word !== undefined && effort === undefined ? [reasoning.place('effort')] : []),
      ...((reasoning.text('context') ?? 'auto') === 'auto' ? [] : [reasoning.place('context')]),
      ...((reasoning.text('mode') ?? 'standard') === 'standard' ? [] : [reasoning.place('mode')]),
      ...reasoning.others(new Set(['effort', 'summary', 'generate_summary', 'context', 'mode'])),
    ],
  }
}

const words: Readonly<Record<string, string>> = {
  ...samplingWords,
  maxTokens: 'max_output_tokens',
  messages: 'input',
  reasoning: 'reasoning.effort',
  logprobs: 'top_logprobs',
  parallelToolCalls: 'parallel_tool_calls',
  toolChoice: 'tool_choice',
  responseFormat: 'text.format',
}

/** The client's word for an option of the core. */
export function responseFieldOf(option: string): string {
  return words[option] ?? option
}
