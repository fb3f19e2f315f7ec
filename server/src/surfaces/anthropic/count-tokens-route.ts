import { anthropicRoutes } from '@pharos/contract/anthropic/routes.ts'
import { countTokens, jsonMap, type JsonMap } from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { hopsOf } from '../../platform/http/ask-facts.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { serve, type AnthropicPowers } from './door.ts'
import { toRefusal } from './failures.ts'
import { fieldOf, fromConversation } from './from-messages-request.ts'
import { dialectHeaders } from './to-ask.ts'

interface CountCall {
  readonly body: Readonly<Record<string, unknown>> & { readonly model: string }
  readonly caller: Caller
  readonly request: RequestFacts
  readonly signal: AbortSignal
}

/** How many tokens a request would take. Source: Anthropic's API reference. */
export function countTokensRoutes(powers: AnthropicPowers) {
  const answer = async ({ body, caller, request, signal }: CountCall) => {
    const question = toQuestion(jsonMap(body), body.model, request)
    const count = await countTokens({ ...powers, caller }, question, signal)
    if (count.status === 'failed') throw toRefusal(count)
    return { status: 200, body: { input_tokens: count.inputTokens } } as const
  }
  return [
    serve(anthropicRoutes.countMessageTokens, answer),
    serve(anthropicRoutes.countMessageTokensUnderPrefix, answer),
  ]
}

function toQuestion(body: JsonMap, model: string, request: RequestFacts) {
  return {
    wire: 'anthropic-messages' as const,
    model,
    body,
    read: fromConversation,
    fieldOf: fieldOf(body),
    headers: dialectHeaders(request.headers),
    hops: hopsOf(request),
  }
}
