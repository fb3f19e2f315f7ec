/**
 * Langfuse, `langfuse.observation.*`. Its usage comes in three manners, told apart by their names:
 * as OpenAI's APIs write it (parts within), as Anthropic's does (cache beside), or in Langfuse's
 * own (`input`, `input_cached_tokens` …), where every name is a share of its own and the total,
 * when there is one, counts them all.
 */
import type { Dialect, Source } from '../dialect.ts'

const observation = (name: string): string => `langfuse.observation.${name}`
const text = (name: string): Source => ({ read: 'text', key: observation(name) })
const json = (name: string): Source => ({ read: 'json', key: observation(name) })
const usage = (...path: string[]): Source => ({
  read: 'number',
  key: observation('usage_details'),
  path,
})
const cost = (...path: string[]): Source => ({
  read: 'number',
  key: observation('cost_details'),
  path,
})
const parameter = (name: string): Source => ({
  read: 'number',
  key: observation('model.parameters'),
  path: [name],
})

const cacheReadNames = [
  'input_cached_tokens',
  'input_cache_read',
  'input_cached',
  'input_cache_read_tokens',
] as const
const cacheWriteNames = ['input_cache_creation', 'input_cache_write'] as const
const reasoningNames = ['output_reasoning_tokens', 'output_reasoning'] as const

export const langfuse: Dialect = {
  name: 'langfuse',
  prefixes: ['langfuse.observation.'],
  operations: [
    {
      key: observation('type'),
      operations: {
        generation: 'llm_call',
        embedding: 'embedding',
        agent: 'agent_step',
        tool: 'tool_use',
        retriever: 'tool_use',
        chain: 'chain',
        evaluator: 'chain',
        guardrail: 'chain',
      },
    },
    // The type of whatever has none, other tracers' spans among them.
    { key: observation('type'), operations: { span: 'chain' }, isWeak: true },
  ],
  call: {
    model: [text('model.name')],
    temperature: [parameter('temperature')],
    maxTokens: [
      parameter('max_tokens'),
      parameter('maxTokens'),
      parameter('max_completion_tokens'),
      parameter('max_output_tokens'),
      parameter('maxOutputTokens'),
    ],
    cost: [
      cost('total'),
      cost('totalCost'),
      { read: 'sum', key: observation('cost_details'), name: '', prefix: '', except: [] },
    ],
  },
  prompt: [{ read: 'messages', key: observation('input') }],
  reply: [{ read: 'messages', key: observation('output') }],
  usage: [
    {
      input: [usage('prompt_tokens'), usage('promptTokens')],
      output: [usage('completion_tokens'), usage('completionTokens')],
      total: [usage('total_tokens'), usage('totalTokens')],
      cacheRead: [usage('prompt_tokens_details', 'cached_tokens')],
      reasoning: [usage('completion_tokens_details', 'reasoning_tokens')],
    },
    {
      marker: [usage('cache_read_input_tokens'), usage('cache_creation_input_tokens')],
      input: [usage('input_tokens')],
      output: [usage('output_tokens')],
      cacheRead: [usage('cache_read_input_tokens')],
      cacheWrite: [usage('cache_creation_input_tokens')],
      cache: 'beside',
    },
    {
      input: [usage('input_tokens')],
      output: [usage('output_tokens')],
      total: [usage('total_tokens')],
      cacheRead: [usage('input_tokens_details', 'cached_tokens')],
      reasoning: [usage('output_tokens_details', 'reasoning_tokens')],
    },
    {
      input: [
        {
          read: 'sum',
          key: observation('usage_details'),
          name: 'input',
          prefix: 'input_',
          except: [...cacheReadNames, ...cacheWriteNames],
        },
      ],
      output: [
        {
          read: 'sum',
          key: observation('usage_details'),
          name: 'output',
          prefix: 'output_',
          except: [...reasoningNames],
        },
      ],
      total: [usage('total')],
      cacheRead: [...cacheReadNames.map((name) => usage(name)), usage('cache_read_input_tokens')],
      cacheWrite: [
        ...cacheWriteNames.map((name) => usage(name)),
        usage('cache_creation_input_tokens'),
      ],
      reasoning: reasoningNames.map((name) => usage(name)),
      cache: 'beside',
      thinking: 'beside',
      hasFullTotal: true,
    },
  ],
  tool: { input: [json('input')], output: [json('output')] },
  step: { input: [json('input')], output: [json('output')] },
}
