import type { TracedToken } from './engine-protocol.ts'

/** OpenAI's word for "not among the likely ones". */
const unlikely = -9999

/** Tokens as chat tells them, with no more alternatives than were asked for. */
export function chatTokens(tokens: readonly TracedToken[], top: number) {
  return tokens.map(({ text, bytes, logprob, top: others }) => ({
    token: text,
    logprob: finite(logprob),
    bytes: bytes ?? [...Buffer.from(text)],
    top_logprobs: others.slice(0, top).map((other) => ({
      token: other.text,
      logprob: finite(other.logprob),
      bytes: [...Buffer.from(other.text)],
    })),
  }))
}

/** Tokens as the older completions tell them; `offset` is where their text begins. */
export function textTokens(tokens: readonly TracedToken[], top: number, offset: number) {
  let at = offset
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top: others }) =>
      Object.fromEntries(
        others.slice(0, top).map((other) => [other.text, finite(other.logprob)] as const),
      ),
    ),
    text_offset: tokens.map(({ text }) => {
      const begin = at
      at += lengthOf(text)
      return begin
    }),
  }
}

/** In characters, as OpenAI counts. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}

function finite(logprob: number | null): number {
  return logprob !== null && Number.isFinite(logprob) ? logprob : unlikely
}
