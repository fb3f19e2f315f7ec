import { ollamaRoutes } from '@pharos/contract/ollama/routes.ts'
import {
  embed,
  jsonMap,
  spliceVectors,
  type EmbeddedAnswer,
  type EmbeddingAsk,
} from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { askFacts } from '../../platform/http/ask-facts.ts'
import type { Call } from '../../platform/http/surface.ts'
import { serve, type OllamaPowers } from './door.ts'
import { acceptsAnyJson } from './media-type.ts'
import { readEmbed, readEmbeddings } from './read-embed.ts'
import { toRefusal } from './refusal.ts'

/** Turning texts into vectors. Source: Ollama's API reference. */
export function embedRoutes(powers: OllamaPowers) {
  const options = { acceptsType: acceptsAnyJson }
  return [
    serve(ollamaRoutes.embed, (call) => answer(powers, call, present), options),
    serve(ollamaRoutes.embeddings, (call) => answer(powers, call, older), options),
  ]
}

interface Dialect extends Pick<EmbeddingAsk, 'wire' | 'read'> {
  readonly toReply: (answer: EmbeddedAnswer) => Promise<readonly Uint8Array[]>
}

const present: Dialect = { wire: 'ollama-embed', read: readEmbed, toReply: toEmbedReply }
const older: Dialect = {
  wire: 'ollama-embeddings',
  read: readEmbeddings,
  toReply: toEmbeddingsReply,
}

type Asked = Pick<Call<unknown, Caller>, 'caller' | 'request' | 'signal'> & {
  readonly body: { readonly model: string }
}

async function answer(
  powers: OllamaPowers,
  { body, caller, request, signal }: Asked,
  { wire, read, toReply }: Dialect,
) {
  const ask: EmbeddingAsk = {
    wire,
    read,
    model: body.model,
    body: jsonMap(body),
    form: 'float',
    ...askFacts(request),
  }
  const answered = await embed({ ...powers, caller }, ask, signal)
  if (answered.status === 'failed') throw toRefusal(answered)
  return { status: 200 as const, headers: answered.headers, json: await toReply(answered) }
}

const nanosPerMs = 1e6

/** An Ollama's own reply is passed on under the name asked for; all that it holds is kept. */
function toEmbedReply({
  isNative,
  model,
  outcome,
}: EmbeddedAnswer): Promise<readonly Uint8Array[]> {
  const { told, lists, embeddings, usage } = outcome.reply
  if (isNative) return spliceVectors({ ...told, model }, lists)
  const { inputTokens } = usage
  const reply = {
    model,
    embeddings: embeddings.map((place) => [place]),
    total_duration: Math.round(outcome.latencyMs * nanosPerMs),
    load_duration: 0,
    ...(inputTokens === null ? {} : { prompt_eval_count: inputTokens }),
  }
  return spliceVectors(reply, lists)
}

function toEmbeddingsReply({ isNative, outcome }: EmbeddedAnswer): Promise<readonly Uint8Array[]> {
  const { told, lists, embeddings } = outcome.reply
  return spliceVectors(isNative ? told : { embedding: embeddings }, lists)
}
