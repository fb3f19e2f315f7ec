import type { Token } from 'node-llama-cpp'
import type { TokenChoice, TracedToken } from '../engine-protocol.ts'
import type { Vocabulary } from './vocabulary.ts'

/** OpenAI's number for "as good as never", since JSON knows no infinity. */
const leastLogprob = -9_999

/**
 * A token with its probability and the likeliest others, this one among them only if it is one of
 * them. `probabilities` has the likeliest first.
 */
export function traceToken(
  vocabulary: Vocabulary,
  token: Token,
  probabilities: ReadonlyMap<Token, number>,
  most: number,
): TracedToken {
  const top: TokenChoice[] = []
  for (const [id, probability] of probabilities) {
    if (top.length === most) break
    top.push({ id, text: vocabulary.alone(id).text, logprob: logarithm(probability) })
  }
  const own = probabilities.get(token)
  return {
    id: token,
    ...vocabulary.alone(token),
    logprob: own === undefined ? null : logarithm(own),
    top,
    at: Date.now() / 1000,
  }
}

function logarithm(probability: number): number {
  return probability > 0 ? Math.max(Math.log(probability), leastLogprob) : leastLogprob
}
