import type { Ask, JsonMap } from '../../features/completion/index.ts'
import { askFacts } from '../../platform/http/ask-facts.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { fieldOf, fromMessagesRequest } from './from-messages-request.ts'

/** A request for a message as what is asked of the core. */
export function toAsk(body: JsonMap, model: string, request: RequestFacts): Ask {
  return {
    wire: 'anthropic-messages',
    model,
    body,
    mode: body['stream'] === true ? 'stream' : 'whole',
    read: fromMessagesRequest,
    fieldOf: fieldOf(body),
    headers: dialectHeaders(request.headers),
    ...askFacts(request),
  }
}

/** Version and betas, which change what Anthropic makes of a body. */
export function dialectHeaders(headers: RequestFacts['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['anthropic-version', 'anthropic-beta'].flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value] as const] : []
    }),
  )
}
