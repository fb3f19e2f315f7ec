import type { ProviderAdapter } from '../provider.ts'
import type { CompletionRequest } from '../request.ts'
import { readOpenAiReply } from './openai-reply.ts'
import { buildOpenAiRequest, isSearchModel, type OpenAiFlavour } from './openai-request.ts'
import { isResponse, readResponse } from './openai-responses-reply.ts'
import { buildResponsesRequest } from './openai-responses-request.ts'
import { openAiStream, type OpenAiMemory } from './openai-stream.ts'
import { textCompletions, type OpenAiKind } from './openai-text.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

type OpenAiAdapter = ProviderAdapter<StreamState<OpenAiMemory>>

const own: OpenAiFlavour = { label: 'OpenAI', isOwn: true, isLocal: false }
const compatible: OpenAiFlavour = { label: 'The provider', isOwn: false, isLocal: false }
const local: OpenAiFlavour = { label: 'The local engine', isOwn: false, isLocal: true }

/** OpenAI's Chat Completions. */
export const openai: OpenAiAdapter = chatCompletions('openai', own)

/** Any other server that speaks them. */
export const openaiCompatible: OpenAiAdapter = chatCompletions('openai-compatible', compatible)

/** Our own engine, which speaks them inside of this process. */
export const localEngine: OpenAiAdapter = chatCompletions('local', local)

/** The same three servers' older completions of a text. */
export const openaiText = textCompletions('openai', own.label)
export const openaiCompatibleText = textCompletions('openai-compatible', compatible.label)
export const localEngineText = textCompletions('local', local.label)

function needsResponses({ isOwn }: OpenAiFlavour, { model, options }: CompletionRequest): boolean {
  return isOwn && options.webSearch === true && !isSearchModel(model)
}

function chatCompletions(kind: OpenAiKind, flavour: OpenAiFlavour): OpenAiAdapter {
  return {
    kind,
    framing: 'sse',
    describe: () => ({
      label: flavour.label,
      canStream: true,
      hasTools: true,
      hasImages: !flavour.isLocal,
      hasJsonSchema: true,
      hasReasoning: true,
    }),
    buildRequest: (request, address, mode) => {
      const build = needsResponses(flavour, request) ? buildResponsesRequest : buildOpenAiRequest
      return build(flavour, request, { address, mode })
    },
    readReply: (body, reading) => {
      const read = flavour.isOwn && isResponse(body, reading) ? readResponse : readOpenAiReply
      return read(flavour.label, body, reading)
    },
    ...frameStream(openAiStream(flavour.label)),
  }
}
