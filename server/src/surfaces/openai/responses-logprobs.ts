import type { ResponseLogprob } from '@pharos/contract/openai/responses.ts'
import type { CompletionPart } from '../../features/completion/index.ts'
import { toLogprob } from './to-logprobs.ts'

/** A part with the chances of the tokens that make its text. */
export interface ChancedPart {
  readonly part: CompletionPart
  readonly chances: readonly ResponseLogprob[]
}

/**
 * Parts that came at once with their chances, where they are asked for: tokens come after the text
 * that they make, and those before any text stand for themselves.
 */
export function withChances(
  parts: readonly CompletionPart[],
  areAsked: boolean,
): readonly ChancedPart[] {
  const chanced: ChancedPart[] = []
  let chances: ResponseLogprob[] | undefined
  for (const part of parts) {
    if (part.type !== 'token') {
      const own: ResponseLogprob[] = []
      if (part.type === 'text-delta') chances = own
      chanced.push({ part, chances: own })
    } else if (areAsked) {
      if (chances === undefined) chanced.push({ part, chances: (chances = []) })
      chances.push(toLogprob(part))
    }
  }
  return chanced
}
