import {
  reasoningEfforts,
  type CompletionOptions,
  type JsonMap,
  type ReadAsk,
  type ReasoningEffort,
} from '../../features/completion/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { Fields } from './fields.ts'
import { readFormat, readSchema, type ReadFormat } from './read-format.ts'
import { readMessages } from './read-messages.ts'
import { readSampling, samplingFields, samplingWords } from './read-sampling.ts'
import { isLegacy, readFunctions, readTools } from './read-tools.ts'

/** Fields that are read, or looked at where what they ask for is decided, or hints for a cache. */
const known: ReadonlySet<string> = new Set([
  ...samplingFields,
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_completion_tokens',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'logprobs',
  'top_logprobs',
  'safety_identifier',
  'n',
  'service_tier',
  'modalities',
  'web_search_options',
  'prompt_cache_key',
  'prompt_cache_retention',
])

/**
 * A chat request as the core understands it. Fields that would change the answer and that the core
 * has no word for are named in `nativeOnly`; those that change nothing (`n: 1`, null) are not.
 * Source: OpenAI's API reference, chat completions.
 * @throws DomainError `invalid` with `details.param` for a field that is not of its type.
 */
export function fromChatRequest(map: JsonMap): ReadAsk {
  const body = new Fields(map)
  const { messages, nativeOnly: inMessages } = readMessages(body)
  const called = isLegacy(body) ? readFunctions(body) : readTools(body)
  const format = readFormat(body.fields('response_format'), readDescribed)
  const effort = readEffort(body)
  const odd = [
    ...(format === 'native' ? ['response_format'] : []),
    ...(effort === 'native' ? ['reasoning_effort'] : []),
    ...oddValues(body),
  ]
  const options: CompletionOptions = {
    ...readSampling(body),
    ...withoutUndefined({
      maxTokens: body.integer('max_completion_tokens') ?? body.integer('max_tokens'),
      user: body.text('user') ?? body.text('safety_identifier'),
      reasoning: effort === undefined || effort === 'native' ? undefined : { effort },
      logprobs: readLogprobs(body),
      parallelToolCalls: isLegacy(body) ? false : body.boolean('parallel_tool_calls'),
      toolChoice: called.toolChoice,
      responseFormat: format === 'native' ? undefined : format,
    }),
  }
  return {
    request: {
      model: body.requiredText('model'),
      messages,
      ...(called.tools.length === 0 ? {} : { tools: called.tools }),
      options,
    },
    nativeOnly: [...inMessages, ...called.nativeOnly, ...odd, ...body.others(known)],
  }
}

/** Known fields with a value that means more than the usual one. */
function oddValues(body: Fields): readonly string[] {
  const modalities = body.list('modalities') ?? []
  const tier = body.text('service_tier') ?? 'auto'
  return [
    ...((body.integer('n') ?? 1) === 1 ? [] : ['n']),
    ...(tier === 'auto' || tier === 'default' ? [] : ['service_tier']),
    ...(modalities.every((one) => one === 'text') ? [] : ['modalities']),
    // Empty, it asks for a search as well.
    ...(body.given('web_search_options') === undefined ? [] : ['web_search_options']),
    ...(isLegacy(body) || body.given('function_call') === undefined ? [] : ['function_call']),
    ...(!isLegacy(body) && body.given('functions') !== undefined ? ['functions'] : []),
    ...(body.boolean('logprobs') !== true && body.integer('top_logprobs') ? ['top_logprobs'] : []),
  ]
}

function readLogprobs(body: Fields): { readonly top: number } | undefined {
  return body.boolean('logprobs') === true ? { top: body.integer('top_logprobs') ?? 0 } : undefined
}

function readEffort(body: Fields): ReasoningEffort | 'native' | undefined {
  const word = body.text('reasoning_effort')
  return word === undefined ? undefined : (reasoningEfforts.find((one) => one === word) ?? 'native')
}

function readDescribed(format: Fields): ReadFormat {
  const described = format.requiredFields('json_schema')
  const schema = described.fields('schema')
  return schema === undefined ? 'native' : readSchema(described, schema)
}

const words: Readonly<Record<string, string>> = {
  ...samplingWords,
  reasoning: 'reasoning_effort',
  parallelToolCalls: 'parallel_tool_calls',
  toolChoice: 'tool_choice',
  responseFormat: 'response_format',
}

/** With the older form a client asks for one call at a time, whether it means to or not. */
const legacyWords = {
  tools: 'functions',
  toolChoice: 'function_call',
  parallelToolCalls: 'functions',
}

/** The client's word for an option of the core, as this body says it. */
export function chatFieldOf(map: JsonMap): (option: string) => string {
  const body = new Fields(map)
  const said: Readonly<Record<string, string>> = {
    ...(body.given('max_completion_tokens') === undefined
      ? {}
      : { maxTokens: 'max_completion_tokens' }),
    ...(body.given('user') === undefined ? { user: 'safety_identifier' } : {}),
    ...(isLegacy(body) ? legacyWords : {}),
  }
  return (option) => said[option] ?? words[option] ?? option
}
