import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp'

export interface Choice {
  readonly token: Token
  /** Of the likeliest tokens at least, the likeliest first; only where they were asked for. */
  readonly probabilities?: ReadonlyMap<Token, number>
}

export type Choices = AsyncGenerator<Choice, void, undefined>

/** Reads the tokens, then chooses one after the other until one ends the answer. */
export function chooseTokens(
  sequence: LlamaContextSequence,
  tokens: Token[],
  options: SequenceEvaluateOptions,
  top: number | null,
): Choices {
  const isGreedy = options.temperature === 0 && options.grammarEvaluationState === undefined
  if (top !== null && isGreedy) return chooseLikeliest(sequence, tokens, options, top)
  return sequence.evaluateWithMetadata(tokens, { probabilities: top !== null }, options)
}

/**
 * The same tokens as by the usual way. That would hand over the whole vocabulary for each of them,
 * since nothing is filtered out here, and be several times slower.
 */
async function* chooseLikeliest(
  sequence: LlamaContextSequence,
  tokens: Token[],
  { tokenBias, repeatPenalty }: SequenceEvaluateOptions,
  top: number,
): Choices {
  const generateNext = {
    token: true,
    confidence: true,
    totalLogitWeight: true,
    logits: { filter: { tokens: [], includeTop: Math.max(1, top), includeSelected: true } },
    options: {
      temperature: 0,
      ...(tokenBias === undefined ? {} : { tokenBias }),
      ...(repeatPenalty === undefined ? {} : { repeatPenalty }),
    },
  }
  let unread = tokens
  while (true) {
    const last = unread.at(-1)
    if (last === undefined) return
    const found = await sequence.controlledEvaluate([
      ...unread.slice(0, -1),
      [last, { generateNext }],
    ])
    const next = found[unread.length - 1]?.next
    const token = next?.token
    if (token === undefined || token === null) throw new Error('No token could be chosen')
    if (sequence.model.isEogToken(token)) return
    yield { token, probabilities: probabilitiesOf(next?.logits, next?.totalLogitWeight) }
    unread = [token]
  }
}

/** The weight is the sum over all tokens, with that of the likeliest as one. */
function probabilitiesOf(
  logits: ReadonlyMap<Token, number> | undefined,
  totalWeight = 1,
): ReadonlyMap<Token, number> {
  const all = [...(logits ?? [])].toSorted(([, one], [, other]) => other - one)
  const most = all[0]?.[1] ?? 0
  return new Map(all.map(([token, logit]) => [token, Math.exp(logit - most) / totalWeight]))
}
