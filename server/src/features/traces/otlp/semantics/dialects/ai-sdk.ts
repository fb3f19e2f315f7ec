/**
 * The Vercel AI SDK, `ai.*`: versions 4 to 6, and the figures that version 7 adds to `gen_ai.*`.
 * `ai.generateText` and its like wrap one or more calls (`….doGenerate`, `….doStream`). Since
 * version 6 the input holds the cached tokens; before, Anthropic's did not.
 */
import type { Dialect, Operation, Source } from '../dialect.ts'

const number = (key: string): Source => ({ read: 'number', key })
const text = (key: string): Source => ({ read: 'text', key })
const json = (key: string): Source => ({ read: 'json', key })
const metadata = (...path: string[]): Source => ({
  read: 'number',
  key: 'ai.response.providerMetadata',
  path,
})

const operations: Readonly<Record<string, Operation>> = {
  'ai.generateText': 'agent_step',
  'ai.streamText': 'agent_step',
  'ai.generateObject': 'agent_step',
  'ai.streamObject': 'agent_step',
  'ai.workflowAgent.stream': 'agent_step',
  'ai.generateText.doGenerate': 'llm_call',
  'ai.streamText.doStream': 'llm_call',
  'ai.generateObject.doGenerate': 'llm_call',
  'ai.streamObject.doStream': 'llm_call',
  'ai.embed': 'chain',
  'ai.embedMany': 'chain',
  'ai.embed.doEmbed': 'embedding',
  'ai.embedMany.doEmbed': 'embedding',
  'ai.rerank': 'chain',
  'ai.rerank.doRerank': 'tool_use',
  'ai.toolCall': 'tool_use',
}

export const aiSdk: Dialect = {
  name: 'ai-sdk',
  prefixes: ['ai.'],
  operations: [{ key: 'ai.operationId', operations }],
  call: {
    provider: [text('ai.model.provider')],
    model: [text('ai.response.model'), text('ai.model.id')],
    temperature: [number('ai.settings.temperature')],
    maxTokens: [number('ai.settings.maxOutputTokens'), number('ai.settings.maxTokens')],
    finishReason: [text('ai.response.finishReason'), text('ai.finishReason')],
  },
  prompt: [
    { read: 'messages', key: 'ai.prompt.messages' },
    { read: 'messages', key: 'ai.prompt' },
    { read: 'quoted', key: 'ai.value' },
    { read: 'quoted', key: 'ai.values' },
  ],
  completion: [text('ai.response.text'), text('ai.response.object'), text('ai.result.text')],
  toolCalls: [json('ai.response.toolCalls'), json('ai.result.toolCalls')],
  usage: [
    {
      input: [
        number('ai.usage.inputTokens'),
        number('ai.usage.promptTokens'),
        number('ai.usage.tokens'),
      ],
      output: [number('ai.usage.outputTokens'), number('ai.usage.completionTokens')],
      total: [number('ai.usage.totalTokens')],
      cacheRead: [
        number('ai.usage.inputTokenDetails.cacheReadTokens'),
        number('ai.usage.cachedInputTokens'),
        metadata('openai', 'cachedPromptTokens'),
        metadata('anthropic', 'cacheReadInputTokens'),
      ],
      cacheWrite: [
        number('ai.usage.inputTokenDetails.cacheWriteTokens'),
        metadata('anthropic', 'cacheCreationInputTokens'),
      ],
      reasoning: [
        number('ai.usage.outputTokenDetails.reasoningTokens'),
        number('ai.usage.reasoningTokens'),
        metadata('openai', 'reasoningTokens'),
      ],
    },
  ],
  tool: {
    name: [text('ai.toolCall.name')],
    input: [json('ai.toolCall.args'), json('ai.toolCall.input'), json('ai.documents')],
    output: [json('ai.toolCall.result'), json('ai.toolCall.output'), json('ai.ranking')],
  },
  step: {
    name: [text('ai.telemetry.functionId')],
    input: [json('ai.prompt'), json('ai.value'), json('ai.values'), json('ai.documents')],
    output: [text('ai.response.text'), text('ai.response.object'), json('ai.response.toolCalls')],
  },
}
