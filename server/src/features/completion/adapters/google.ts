import type { ProviderAdapter } from '../provider.ts'
import { readGoogleReply } from './google-reply.ts'
import { buildGoogleRequest } from './google-request.ts'
import { googleStream, type GoogleMemory } from './google-stream.ts'
import { frameStream, type StreamState } from './stream-frame.ts'

/** Google's Gemini API. */
export const google: ProviderAdapter<StreamState<GoogleMemory>> = {
  kind: 'google',
  framing: 'sse',
  describe: () => ({
    label: 'Google',
    canStream: true,
    hasTools: true,
    hasImages: true,
    hasJsonSchema: true,
    hasReasoning: true,
  }),
  buildRequest: buildGoogleRequest,
  readReply: readGoogleReply,
  ...frameStream(googleStream),
}
