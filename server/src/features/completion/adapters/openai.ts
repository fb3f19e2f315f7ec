import type { ProviderAdapter } from '../provider.ts'
import { readOpenAiReply } from './openai-reply.ts'
import { buildOpenAiRequest, type OpenAiFlavour } from './openai-request.ts'
import { openAiStream, type OpenAiMemory } from './openai-stream.ts'
import { textCompletions } from './openai-text.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

type OpenAiAdapter = ProviderAdapter<StreamState<OpenAiMemory>>

const own: OpenAiFlavour = { label: 'OpenAI', isOwn: true }
const compatible: OpenAiFlavour = { label: 'The provider', isOwn: false }

/** OpenAI's Chat Completions. */
export const openai: OpenAiAdapter = chatCompletions('openai', own)

/** Any other server that speaks them. */
export const openaiCompatible: OpenAiAdapter = chatCompletions('openai-compatible', compatible)

/** The same two servers' older completions of a text. */
export const openaiText = textCompletions('openai', own.label)
export const openaiCompatibleText = textCompletions('openai-compatible', compatible.label)

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
    readReply: (body, reading) => readOpenAiReply(flavour.label, body, reading),
    ...frameStream(openAiStream(flavour.label)),
  }
}
