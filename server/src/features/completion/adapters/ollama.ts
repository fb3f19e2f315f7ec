import type { ProviderAdapter } from '../provider.ts'
import { readOllamaReply } from './ollama-reply.ts'
import { buildOllamaRequest } from './ollama-request.ts'
import { ollamaStream, type OllamaMemory } from './ollama-stream.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

/** Ollama's native chat. */
export const ollama: ProviderAdapter<StreamState<OllamaMemory>> = {
  kind: 'ollama',
  framing: 'ndjson',
  describe: () => ({
    label: 'Ollama',
    canStream: true,
    hasTools: true,
    hasImages: true,
    hasJsonSchema: true,
    hasReasoning: true,
  }),
  buildRequest: buildOllamaRequest,
  readReply: readOllamaReply,
  ...frameStream(ollamaStream),
}
