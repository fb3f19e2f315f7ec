import { isJsonObject } from '../../../platform/json.ts'
import type { BuiltRequest, PassedRequest } from '../provider.ts'
import { anthropicHeaders, anthropicUrl } from './anthropic-request.ts'
import { ollamaHeaders, ollamaUrl } from './ollama-request.ts'
import { openAiHeaders, openAiUrl } from './openai-request.ts'

/** A request to an OpenAI server; its stream must tell the usage, whoever asked for it. */
export function passToOpenAi(
  path: '/chat/completions' | '/completions',
  { body, model, mode, address }: PassedRequest,
): BuiltRequest {
  const asked = isJsonObject(body['stream_options']) ? body['stream_options'] : {}
  const usage = { stream_options: { ...asked, include_usage: true } }
  return {
    url: openAiUrl(address, path),
    headers: openAiHeaders(address),
    body: { ...body, model, ...(mode === 'stream' ? usage : {}) },
    warnings: [],
  }
}

/** A request to Anthropic, of the version and with the betas that the client asked for. */
export function passToAnthropic({ body, model, address, headers }: PassedRequest): BuiltRequest {
  const asked = ['anthropic-version', 'anthropic-beta'].flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    url: anthropicUrl(address),
    headers: { ...anthropicHeaders(address), ...Object.fromEntries(asked) },
    body: { ...body, model },
    warnings: [],
  }
}

/** A request to Ollama, which tells the usage by itself. */
export function passToOllama(
  path: '/api/chat' | '/api/generate',
  { body, model, address }: PassedRequest,
): BuiltRequest {
  return {
    url: ollamaUrl(address, path),
    headers: ollamaHeaders(address),
    body: { ...body, model },
    warnings: [],
  }
}
