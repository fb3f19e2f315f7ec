import type { Token } from 'node-llama-cpp'
import type { Slot } from './sequences.ts'

/** An abort is noticed between two parts of a prompt. */
const partMs = 100
const smallestPart = 32

/** How many tokens of a prompt this model reads at once; learnt from how long it took. */
export class ReadingPace {
  readonly #largest: number
  #tokens: number

  constructor(batchSize: number) {
    this.#largest = batchSize
    this.#tokens = Math.min(64, batchSize)
  }

  get tokens(): number {
    return this.#tokens
  }

  learn(tokens: number, ms: number): void {
    const fitting = Math.floor((tokens * partMs) / Math.max(ms, 1))
    this.#tokens = Math.min(this.#largest, Math.max(smallestPart, fitting))
  }
}

export interface PromptRead {
  /** Tokens that the sequence knew from the question before. */
  readonly cached: number
  /** What is left to read together with choosing the first token of the answer. */
  readonly rest: Token[]
}

/**
 * Makes the sequence hold the beginning of the prompt: forgets what differs, reads what is new,
 * all but a last part. Stops between two parts where the signal says so.
 */
export async function readPrompt(
  { sequence }: Slot,
  tokens: readonly Token[],
  pace: ReadingPace,
  signal: AbortSignal,
): Promise<PromptRead> {
  // At least one token must be read anew, since the answer begins where it ends.
  await sequence.adaptStateToTokens(tokens.slice(0, -1), false)
  const cached = sequence.nextTokenIndex
  let at = cached
  while (tokens.length - at > pace.tokens && !signal.aborted) {
    const part = tokens.slice(at, at + pace.tokens)
    const startedMs = performance.now()
    await sequence.evaluateWithoutGeneratingNewTokens(part)
    pace.learn(part.length, performance.now() - startedMs)
    at += part.length
  }
  // Models that cannot step back need a mark to begin the next question from.
  if (sequence.needsCheckpoints && at > cached) await sequence.takeCheckpoint()
  return { cached, rest: tokens.slice(at) }
}
