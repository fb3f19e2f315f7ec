/**
 * OpenInference (Arize Phoenix), `openinference.span.kind` and `llm.*`. It counts cached tokens
 * within the prompt, for Anthropic's models too: its instrumentations add them up.
 */
import type { Dialect, Source } from '../dialect.ts'

const number = (key: string): Source => ({ read: 'number', key })
const text = (key: string): Source => ({ read: 'text', key })
const json = (key: string): Source => ({ read: 'json', key })
const parameter = (name: string): Source => ({
  read: 'number',
  key: 'llm.invocation_parameters',
  path: [name],
})

export const openInference: Dialect = {
  name: 'openinference',
  prefixes: [
    'openinference.',
    'llm.model_name',
    'llm.token_count.',
    'llm.input_messages.',
    'llm.output_messages.',
    'llm.invocation_parameters',
  ],
  operations: [
    {
      key: 'openinference.span.kind',
      operations: {
        llm: 'llm_call',
        embedding: 'embedding',
        tool: 'tool_use',
        retriever: 'tool_use',
        reranker: 'tool_use',
        agent: 'agent_step',
        chain: 'chain',
        prompt: 'chain',
        guardrail: 'chain',
        evaluator: 'chain',
        decision: 'chain',
      },
    },
  ],
  call: {
    provider: [text('llm.provider'), text('llm.system')],
    model: [text('llm.model_name'), text('embedding.model_name')],
    temperature: [parameter('temperature')],
    maxTokens: [
      parameter('max_tokens'),
      parameter('max_completion_tokens'),
      parameter('max_output_tokens'),
    ],
    finishReason: [text('llm.finish_reason')],
    cost: [number('llm.cost.total')],
  },
  prompt: [
    { read: 'flat', prefix: 'llm.input_messages' },
    { read: 'flat', prefix: 'llm.prompts' },
    { read: 'messages', key: 'input.value' },
  ],
  reply: [
    { read: 'flat', prefix: 'llm.output_messages' },
    { read: 'flat', prefix: 'llm.choices' },
    { read: 'messages', key: 'output.value' },
  ],
  usage: [
    {
      input: [number('llm.token_count.prompt')],
      output: [number('llm.token_count.completion')],
      total: [number('llm.token_count.total')],
      cacheRead: [
        number('llm.token_count.prompt_details.cache_read'),
        number('llm.token_count.prompt_details.cache_input'),
      ],
      cacheWrite: [number('llm.token_count.prompt_details.cache_write')],
      reasoning: [number('llm.token_count.completion_details.reasoning')],
    },
  ],
  tool: {
    name: [text('tool.name'), text('reranker.model_name')],
    input: [json('input.value'), json('tool.parameters'), json('reranker.query')],
    output: [json('output.value')],
  },
  step: {
    name: [text('agent.name'), text('graph.node.id')],
    input: [json('input.value')],
    output: [json('output.value')],
  },
}
