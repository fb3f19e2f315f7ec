import { createEmbeddings } from '@pharos/contract/openai/embeddings.ts'
import {
  embed,
  jsonMap,
  spliceVectors,
  type EmbeddedAnswer,
} from '../../features/completion/index.ts'
import { askFacts } from '../../platform/http/ask-facts.ts'
import { serve, type OpenAiPowers } from './door.ts'
import { formOf, fromEmbeddingsRequest } from './from-embeddings-request.ts'
import { toRefusal } from './refusal.ts'

/** Turns texts into vectors with any model that can. */
export function embeddingsRoute(powers: OpenAiPowers) {
  return serve(createEmbeddings, async ({ body: sent, caller, request, signal }) => {
    const body = jsonMap(sent)
    const asked = {
      wire: 'openai-embeddings',
      model: sent.model,
      body,
      form: formOf(body),
    } as const
    const ask = { ...asked, read: fromEmbeddingsRequest, ...askFacts(request) }
    const answer = await embed({ ...powers, caller }, ask, signal)
    if (answer.status === 'failed') throw toRefusal(answer)
    return { status: 200, headers: answer.headers, json: await toEmbeddingsReply(answer) }
  })
}

/** A reply of the same dialect is passed on under the name asked for; all that it holds is kept. */
function toEmbeddingsReply({
  isNative,
  model,
  outcome,
}: EmbeddedAnswer): Promise<readonly Uint8Array[]> {
  const { told, lists, embeddings, usage } = outcome.reply
  if (isNative) return spliceVectors({ ...told, model }, lists)
  const { inputTokens } = usage
  const used =
    inputTokens === null ? {} : { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }
  const data = embeddings.map((place, index) => {
    return { object: 'embedding', index, embedding: [place] }
  })
  return spliceVectors({ object: 'list', data, model, ...used }, lists)
}
