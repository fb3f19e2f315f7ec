import { createCompletion } from '@pharos/contract/openai/completions.ts'
import { jsonMap, type JsonMap } from '../../features/completion/index.ts'
import { askInDialect, type Dialect } from './ask-dialect.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { fromTextRequest, textFieldOf } from './from-text-request.ts'
import { chunkStream } from './native-stream.ts'
import { passWhole } from './pass-whole.ts'
import { headOf, replyFormOf } from './reply-form.ts'
import { TextChunks } from './text-chunks.ts'
import { toTextCompletion } from './to-text-completion.ts'

/** Completions of a text; providers that only chat are sent it as a message. */
export function completionsRoute(powers: OpenAiPowers) {
  return serve(createCompletion, (call) =>
    askInDialect(powers, call, textDialect(jsonMap(call.body), powers)),
  )
}

function textDialect(body: JsonMap, { log }: OpenAiPowers): Dialect {
  const form = replyFormOf(body)
  return {
    wire: 'openai-completions',
    read: fromTextRequest,
    fieldOf: textFieldOf,
    whole: (answer) => passWhole(answer) ?? JSON.stringify(toTextCompletion(answer)),
    stream: (answer) => {
      const encoder = new TextChunks(headOf(answer, 'cmpl'), form)
      return chunkStream(answer, encoder, { form, kind: 'text', log })
    },
  }
}
