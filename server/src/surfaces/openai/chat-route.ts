import { createChatCompletion } from '@pharos/contract/openai/chat.ts'
import { jsonMap, type JsonMap } from '../../features/completion/index.ts'
import { askInDialect, type Dialect } from './ask-dialect.ts'
import { ChatChunks } from './chat-chunks.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { chatFieldOf, fromChatRequest } from './from-chat-request.ts'
import { chunkStream } from './native-stream.ts'
import { passWhole } from './pass-whole.ts'
import { headOf, replyFormOf } from './reply-form.ts'
import { toChatCompletion } from './to-chat-completion.ts'

/** Chats with any model. */
export function chatRoute(powers: OpenAiPowers) {
  return serve(createChatCompletion, (call) =>
    askInDialect(powers, call, chatDialect(jsonMap(call.body), powers)),
  )
}

function chatDialect(body: JsonMap, { log }: OpenAiPowers): Dialect {
  const form = replyFormOf(body)
  return {
    wire: 'openai-chat',
    read: fromChatRequest,
    fieldOf: chatFieldOf(body),
    whole: (answer) => passWhole(answer) ?? JSON.stringify(toChatCompletion(answer, form)),
    stream: (answer) => {
      const encoder = new ChatChunks(headOf(answer, 'chatcmpl'), form)
      return chunkStream(answer, encoder, { form, kind: 'chat', log })
    },
  }
}
