import type {
  ControlledEvaluateInputItem,
  LlamaContextSequence,
  SequenceEvaluateOptions,
  Token,
} from 'node-llama-cpp'

export interface Choice {
  readonly token: Token
  /** Of the likeliest tokens and of this one, the likeliest first; only where they were asked for. */
  readonly probabilities?: ReadonlyMap<Token, number>
}

export type Choices = AsyncGenerator<Choice, void, undefined>

/**
 * Reads the tokens, then chooses one after the other until one ends the answer. Probabilities are
 * the model's own, biases and penalties included: what temperature, filters and grammars make of
 * them says more of the request than of the model, and often leaves a single token.
 */
export function chooseTokens(
  sequence: LlamaContextSequence,
  tokens: Token[],
  options: SequenceEvaluateOptions,
  top: number | null,
): Choices {
  if (top === null) return sequence.evaluateWithMetadata(tokens, {}, options)
  const isGreedy = options.temperature === 0 && options.grammarEvaluationState === undefined
  if (isGreedy) return chooseLikeliest(sequence, tokens, options, top)
  // These models cannot take a token back; theirs are the probabilities after all of that.
  if (sequence.needsCheckpoints) {
    return sequence.evaluateWithMetadata(tokens, { probabilities: true }, options)
  }
  return chooseAndWeigh(sequence, tokens, options, top)
}

/** The likeliest is chosen in the same step in which all are weighed. */
async function* chooseLikeliest(
  sequence: LlamaContextSequence,
  tokens: Token[],
  options: SequenceEvaluateOptions,
  top: number,
): Choices {
  let unread = tokens
  while (true) {
    const last = unread.at(-1)
    if (last === undefined) return
    const found = await sequence.controlledEvaluate([
      ...unread.slice(0, -1),
      weighed(last, options, { top, chosen: [] }),
    ])
    const next = found[unread.length - 1]?.next
    const token = next?.token
    if (token === undefined || token === null) throw new Error('No token could be chosen')
    if (sequence.model.isEogToken(token)) return
    yield { token, probabilities: probabilitiesOf(next?.logits, next?.totalLogitWeight) }
    unread = [token]
  }
}

/**
 * The library tells only what is left after its sampler. So each token is chosen as ever, and the
 * one before it is read once more, to see how all were weighed: half as fast, but the same text as
 * without. (The whole vocabulary for each token would be slower still where it is large.)
 */
async function* chooseAndWeigh(
  sequence: LlamaContextSequence,
  tokens: Token[],
  options: SequenceEvaluateOptions,
  top: number,
): Choices {
  const choices = sequence.evaluateWithMetadata(tokens, {}, options)
  let last = tokens.at(-1)
  for await (const { token } of choices) {
    if (last === undefined) return
    const end = sequence.nextTokenIndex
    await sequence.eraseContextTokenRanges([{ start: end - 1, end }])
    const found = await sequence.controlledEvaluate([
      weighed(last, options, { top, chosen: [token] }),
    ])
    const next = found[0]?.next
    yield { token, probabilities: probabilitiesOf(next?.logits, next?.totalLogitWeight) }
    last = token
  }
}

function weighed(
  token: Token,
  { tokenBias, repeatPenalty }: SequenceEvaluateOptions,
  { top, chosen }: { readonly top: number; readonly chosen: readonly Token[] },
): ControlledEvaluateInputItem {
  const generateNext = {
    token: true,
    totalLogitWeight: true,
    logits: { filter: { tokens: chosen, includeTop: Math.max(1, top), includeSelected: true } },
    options: {
      temperature: 0,
      ...(tokenBias === undefined ? {} : { tokenBias }),
      ...(repeatPenalty === undefined ? {} : { repeatPenalty }),
    },
  }
  return [token, { generateNext }]
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
