import type { BuiltRequest, PassedRequest, ProviderAddress } from '../provider.ts'
import { localEngine } from './openai.ts'
import { passToOpenAi } from './pass-request.ts'

/** The engine is in this process: what stands for an address is the path alone. */
export const engineAddress: ProviderAddress = { baseUrl: '', apiKey: null }

/** Chats with our own engine. */
export const local: typeof localEngine = {
  ...localEngine,
  buildRequest: (request, _address, mode) => localEngine.buildRequest(request, engineAddress, mode),
}

/** The same with a body that came in its dialect. */
export function passToEngine(
  path: Parameters<typeof passToOpenAi>[0],
  request: PassedRequest,
): BuiltRequest {
  return passToOpenAi(path, { ...request, address: engineAddress })
}
