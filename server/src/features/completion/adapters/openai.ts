import type { ProviderAdapter } from '../provider.ts'
import { readOpenAiReply } from './openai-reply.ts'
import { buildOpenAiRequest, type OpenAiFlavour } from './openai-request.ts'
import { openAiStream, type OpenAiMemory } from './openai-stream.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

type OpenAiAdapter = ProviderAdapter<StreamState<OpenAiMemory>>

/** OpenAI's Chat Completions. */
export const openai: OpenAiAdapter = chatCompletions('openai', { label: 'OpenAI', isOwn: true })

/** Any other server that speaks them. */
export const openaiCompatible: OpenAiAdapter = chatCompletions('openai-compatible', {
  label: 'The provider',
  isOwn: false,
})

function chatCompletions(
  kind: 'openai' | 'openai-compatible',
  flavour: OpenAiFlavour,
): OpenAiAdapter {
  return {
    kind,
    framing: 'sse',
    describe: () => ({
      label: flavour.label,
      canStream: true,
      hasTools: true,
      hasImages: true,
      hasJsonSchema: true,
      hasReasoning: true,
    }),
    buildRequest: (request, address, mode) =>
      buildOpenAiRequest(flavour, request, { address, mode }),
    readReply: (body) => readOpenAiReply(flavour.label, body),
    ...frameStream(openAiStream(flavour.label)),
  }
}
