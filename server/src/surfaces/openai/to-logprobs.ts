import type { Logprobs } from '@pharos/contract/openai/chat.ts'
import type { ResponseLogprob } from '@pharos/contract/openai/responses.ts'
import type { CompletionPart, TokenChance } from '../../features/completion/index.ts'

type TokenPart = Extract<CompletionPart, { type: 'token' }>

/** What OpenAI says of a token whose probability it does not tell. Source: its API reference. */
const untold = -9999

export function toLogprob({ top = [], ...token }: TokenPart): ResponseLogprob {
  return { ...toChance(token), top_logprobs: top.map(toChance) }
}

function toChance({ text, logprob, bytes }: TokenChance) {
  return { token: text, logprob: logprob ?? untold, bytes: [...(bytes ?? Buffer.from(text))] }
}

/** The probabilities of a whole reply; null where none were told. */
export function toLogprobs(parts: readonly CompletionPart[]): Logprobs | null {
  const content = parts.flatMap((part) => (part.type === 'token' ? [toLogprob(part)] : []))
  return content.length === 0 ? null : { content, refusal: null }
}
