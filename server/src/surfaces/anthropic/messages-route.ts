import type { MessagesRequest } from '@pharos/contract/anthropic/messages.ts'
import { anthropicRoutes } from '@pharos/contract/anthropic/routes.ts'
import { askModel, jsonMap } from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { serve, type AnthropicPowers } from './door.ts'
import { toRefusal } from './failures.ts'
import { messageStream } from './message-stream.ts'
import { toAsk } from './to-ask.ts'
import { passedMessage, toMessage } from './to-message.ts'

interface MessageCall {
  readonly body: MessagesRequest
  readonly caller: Caller
  readonly request: RequestFacts
  readonly signal: AbortSignal
}

/** Messages, whole and as streams. Source: Anthropic's API reference. */
export function messageRoutes(powers: AnthropicPowers) {
  const answer = async ({ body, caller, request, signal }: MessageCall) => {
    const ask = toAsk(jsonMap(body), body.model, request)
    const answered = await askModel({ ...powers, caller }, ask, signal)
    const facts = { id: `msg_${answered.spanId}`, model: answered.model }
    const { headers } = answered
    switch (answered.status) {
      case 'failed':
        throw toRefusal({ ...answered, ...answered.outcome })
      case 'whole': {
        const { isNative, event, outcome } = answered
        const passed = isNative && event ? passedMessage(event, facts.model) : null
        const json = JSON.stringify(passed ?? toMessage(facts, outcome))
        return { status: 200, headers, json } as const
      }
      case 'stream': {
        const stream = messageStream(answered, facts)
        return { status: 200, headers, contentType: 'text/event-stream', stream } as const
      }
    }
  }
  return [
    serve(anthropicRoutes.createMessage, answer),
    serve(anthropicRoutes.createMessageUnderPrefix, answer),
  ]
}
