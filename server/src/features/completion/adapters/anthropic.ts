import type { ProviderAdapter } from '../provider.ts'
import { readAnthropicReply } from './anthropic-reply.ts'
import { buildAnthropicRequest } from './anthropic-request.ts'
import { anthropicStream, type AnthropicMemory } from './anthropic-stream.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

/** Anthropic's Messages. */
export const anthropic: ProviderAdapter<StreamState<AnthropicMemory>> = {
  kind: 'anthropic',
  framing: 'sse',
  describe: () => ({
    label: 'Anthropic',
    canStream: true,
    hasTools: true,
    hasImages: true,
    hasJsonSchema: true,
    hasReasoning: true,
  }),
  buildRequest: buildAnthropicRequest,
  readReply: readAnthropicReply,
  ...frameStream(anthropicStream),
}
