import { setImmediate as otherTurn } from 'node:timers/promises'
import type { LlamaModel } from 'node-llama-cpp'

/** Takes some hundredths of a second to turn into tokens; a whole book would hold up everybody. */
const pieceLength = 16_384

export interface LengthOptions {
  readonly model: Pick<LlamaModel, 'tokenize'>
  /** Beyond so many it does not matter how many there are. */
  readonly enough: number
  readonly signal: AbortSignal
}

/**
 * How many tokens a long text has, piece by piece, so that other jobs go on meanwhile. A cut between
 * two words adds or takes a token at most; what was not looked at is taken to be like the rest.
 */
export async function roughLength(
  text: string,
  { model, enough, signal }: LengthOptions,
): Promise<number> {
  let tokens = 0
  let at = 0
  while (at < text.length && tokens <= enough && !signal.aborted) {
    const end = pieceEnd(text, at)
    tokens += model.tokenize(text.slice(at, end), true).length
    at = end
    await otherTurn()
  }
  return at >= text.length ? tokens : Math.round((tokens / Math.max(1, at)) * text.length)
}

export function isLong(text: string): boolean {
  return text.length > 2 * pieceLength
}

/** Before a space, since tokens of words begin with theirs; never within a character. */
function pieceEnd(text: string, start: number): number {
  const end = start + pieceLength
  if (end >= text.length) return text.length
  const space = text.lastIndexOf(' ', end)
  if (space > start + pieceLength / 2) return space
  const isWithin =
    /[\uDC00-\uDFFF]/u.test(text[end] ?? '') && /[\uD800-\uDBFF]/u.test(text[end - 1] ?? '')
  return isWithin ? end - 1 : end
}
