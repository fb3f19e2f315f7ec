import { DomainError } from '../../platform/domain-error.ts'
import { embedderOf } from './embedding-deployment.ts'

const mostInputs = 1000
const usualMostTokens = 320_000
/** Source: hypersigil contract §8.3. */
const mostTokensOf: ReadonlyMap<string, number> = new Map([
  ['voyage-3.5-lite', 1_000_000],
  ['voyage-3.5', 320_000],
  ['voyage-3-large', 120_000],
  ['voyage-code-3', 120_000],
  ['voyage-finance-2', 120_000],
  ['voyage-law-2', 120_000],
])

/**
 * Whether a model takes so many texts, of which each word is counted as a token; how long a single
 * text may be is its provider's affair. Source: hypersigil contract §8.3.
 * @throws DomainError `invalid`.
 */
export function checkInputs(model: string, inputs: string | readonly string[]): void {
  if (typeof inputs === 'string') return
  if (inputs.length > mostInputs) {
    throw refusal(`At most ${mostInputs} texts become vectors at once, not ${inputs.length}`)
  }
  const mostTokens = mostTokensOf.get(embedderOf(model).model) ?? usualMostTokens
  const tokens = inputs.reduce((sum, text) => sum + wordsIn(text), 0)
  if (tokens <= mostTokens) return
  throw refusal(`About ${tokens} tokens are more than the ${mostTokens} that ${model} takes`)
}

/** What stands between single blanks. */
function wordsIn(text: string): number {
  let words = 1
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) words += 1
  return words
}

function refusal(message: string): DomainError {
  return new DomainError('invalid', message, { details: { param: 'inputs' } })
}
