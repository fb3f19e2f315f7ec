/**
 * OpenTelemetry's semantic conventions for generative AI, `gen_ai.*`, from the event style of 2024
 * to the message parts of today, with the names that emitters added. The convention counts cached
 * tokens within the input; who does not is in `usage-exceptions.ts`.
 */
import type { Dialect, Source } from '../dialect.ts'

const number = (key: string): Source => ({ read: 'number', key })
const text = (key: string): Source => ({ read: 'text', key })
const json = (key: string): Source => ({ read: 'json', key })

export const genAi: Dialect = {
  name: 'gen_ai',
  prefixes: ['gen_ai.'],
  operations: [
    {
      key: 'gen_ai.operation.name',
      operations: {
        chat: 'llm_call',
        completion: 'llm_call',
        text_completion: 'llm_call',
        generate_content: 'llm_call',
        generate_text: 'llm_call',
        responses: 'llm_call',
        image_generation: 'llm_call',
        image_edit: 'llm_call',
        image_variation: 'llm_call',
        decide: 'llm_call',
        'ai.generateSpeech': 'llm_call',
        'ai.transcribe': 'llm_call',
        'ai.streamTranscribe': 'llm_call',
        embeddings: 'embedding',
        embedding: 'embedding',
        execute_tool: 'tool_use',
        retrieval: 'tool_use',
        rerank: 'tool_use',
        create_agent: 'agent_step',
        invoke_agent: 'agent_step',
        agent_step: 'agent_step',
        plan: 'agent_step',
        invoke_workflow: 'chain',
        workflow: 'chain',
        'guardrail.run': 'chain',
        guard: 'chain',
      },
    },
  ],
  call: {
    provider: [text('gen_ai.provider.name'), text('gen_ai.system')],
    model: [text('gen_ai.response.model'), text('gen_ai.request.model')],
    temperature: [number('gen_ai.request.temperature')],
    maxTokens: [number('gen_ai.request.max_tokens')],
    finishReason: [
      { read: 'first', key: 'gen_ai.response.finish_reasons' },
      text('gen_ai.response.finish_reason'),
    ],
    cost: [number('gen_ai.usage.cost'), number('operation.cost')],
  },
  system: [{ read: 'messages', key: 'gen_ai.system_instructions' }],
  prompt: [
    { read: 'messages', key: 'gen_ai.input.messages' },
    {
      read: 'events',
      names: [
        'gen_ai.system.message',
        'gen_ai.user.message',
        'gen_ai.assistant.message',
        'gen_ai.tool.message',
        'gen_ai.content.prompt',
      ],
    },
    { read: 'messages', key: 'gen_ai.request.messages' },
    { read: 'messages', key: 'gen_ai.prompt' },
  ],
  reply: [
    { read: 'messages', key: 'gen_ai.output.messages' },
    { read: 'events', names: ['gen_ai.choice', 'gen_ai.content.completion'] },
    { read: 'messages', key: 'gen_ai.completion' },
    { read: 'messages', key: 'gen_ai.response.text' },
  ],
  toolCalls: [json('gen_ai.response.tool_calls')],
  usage: [
    {
      input: [number('gen_ai.usage.input_tokens'), number('gen_ai.usage.prompt_tokens')],
      output: [number('gen_ai.usage.output_tokens'), number('gen_ai.usage.completion_tokens')],
      total: [number('gen_ai.usage.total_tokens'), number('llm.usage.total_tokens')],
      cacheRead: [
        number('gen_ai.usage.cache_read.input_tokens'),
        number('gen_ai.usage.cache_read_input_tokens'),
        number('gen_ai.usage.details.cache_read_tokens'),
        number('gen_ai.usage.input_tokens.cached'),
        number('gen_ai.usage.cache_read_tokens'),
      ],
      cacheWrite: [
        number('gen_ai.usage.cache_creation.input_tokens'),
        number('gen_ai.usage.cache_creation_input_tokens'),
        number('gen_ai.usage.cache_write_input_tokens'),
        number('gen_ai.usage.details.cache_write_tokens'),
        number('gen_ai.usage.input_tokens.cache_write'),
        number('gen_ai.usage.cache_write_tokens'),
      ],
      reasoning: [
        number('gen_ai.usage.reasoning.output_tokens'),
        number('gen_ai.usage.reasoning_tokens'),
        number('gen_ai.usage.details.reasoning_tokens'),
        number('gen_ai.usage.output_tokens.reasoning'),
      ],
    },
  ],
  tool: {
    name: [text('gen_ai.tool.name')],
    input: [json('gen_ai.tool.call.arguments'), json('gen_ai.tool.input')],
    output: [json('gen_ai.tool.call.result'), json('gen_ai.tool.output')],
  },
  step: {
    name: [text('gen_ai.agent.name'), text('gen_ai.workflow.name')],
    input: [json('gen_ai.input.messages')],
    output: [json('gen_ai.output.messages')],
  },
}
