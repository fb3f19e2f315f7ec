/**
 * Traceloop's OpenLLMetry: `traceloop.*` around `gen_ai.*`, and in its older versions one
 * attribute per leaf of a message (`gen_ai.prompt.0.content`). Workflows and tasks only wrap.
 */
import type { Dialect, Source } from '../dialect.ts'

const number = (key: string): Source => ({ read: 'number', key })
const text = (key: string): Source => ({ read: 'text', key })
const json = (key: string): Source => ({ read: 'json', key })

export const traceloop: Dialect = {
  name: 'traceloop',
  prefixes: [
    'traceloop.',
    'gen_ai.prompt.',
    'gen_ai.completion.',
    'llm.request.',
    'llm.usage.',
    'llm.prompts.',
    'llm.completions.',
  ],
  operations: [
    {
      key: 'llm.request.type',
      operations: {
        chat: 'llm_call',
        completion: 'llm_call',
        embedding: 'embedding',
        rerank: 'tool_use',
      },
    },
    {
      key: 'traceloop.span.kind',
      operations: {
        workflow: 'chain',
        task: 'chain',
        session: 'chain',
        agent: 'agent_step',
        tool: 'tool_use',
      },
    },
  ],
  call: {
    provider: [text('llm.vendor')],
    model: [text('llm.response.model'), text('llm.request.model')],
    temperature: [number('llm.request.temperature'), number('llm.temperature')],
    maxTokens: [number('llm.request.max_tokens')],
    finishReason: [text('llm.response.finish_reason'), text('llm.response.stop_reason')],
  },
  prompt: [
    { read: 'flat', prefix: 'gen_ai.prompt' },
    { read: 'flat', prefix: 'llm.prompts' },
  ],
  reply: [
    { read: 'flat', prefix: 'gen_ai.completion' },
    { read: 'flat', prefix: 'llm.completions' },
  ],
  usage: [
    {
      input: [number('llm.usage.prompt_tokens')],
      output: [number('llm.usage.completion_tokens')],
      total: [number('llm.usage.total_tokens')],
      cacheRead: [number('llm.usage.cache_read_input_tokens')],
      cacheWrite: [number('llm.usage.cache_creation_input_tokens')],
      reasoning: [number('llm.usage.reasoning_tokens')],
    },
  ],
  tool: {
    name: [text('traceloop.entity.name')],
    input: [json('traceloop.entity.input')],
    output: [json('traceloop.entity.output')],
  },
  step: {
    name: [text('traceloop.entity.name')],
    input: [json('traceloop.entity.input')],
    output: [json('traceloop.entity.output')],
  },
}
