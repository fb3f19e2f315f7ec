import { DomainError } from '../../platform/domain-error.ts'

/** Where a mod steps in. Source: thunder contract §6.3. */
export type ModPosition =
  | 'start'
  | 'after_tokens'
  | 'after_sentences'
  | 'eot_backtrack'
  | 'phrase_replace'
  | 'reasoning_start'
  | 'reasoning_mid'
  | 'reasoning_end'
  | 'response_start'
  | 'response_mid'
  | 'response_end'
  | 'reasoning_phrase_replace'
  | 'response_phrase_replace'
  | 'full_stream_phrase_replace'

/** What a mod is to do, as it was asked for. */
export interface ModConfig {
  readonly position: ModPosition
  readonly injection: string
  readonly tokenCount: number | null
  readonly sentenceCount: number | null
  readonly detectPhrases: readonly string[]
  /** Beside the phrases; a missing or empty one is the phrase itself. */
  readonly replacementPhrases: readonly string[]
}

export interface PhrasePair {
  readonly needle: string
  readonly replacement: string
}

/** Throws `invalid` when the number is missing or zero. */
export function countOf(config: ModConfig, of: 'tokenCount' | 'sentenceCount'): number {
  const count = config[of]
  if (count !== null && count > 0) return count
  const name = of === 'tokenCount' ? 'token_count' : 'sentence_count'
  throw new DomainError('invalid', `${config.position} needs a ${name} of at least 1`)
}

/** Throws `invalid` when there is nothing to look for. */
export function phrasePairs(config: ModConfig): PhrasePair[] {
  const pairs = config.detectPhrases.flatMap((needle, index) =>
    needle === '' ? [] : [{ needle, replacement: config.replacementPhrases[index] || needle }],
  )
  if (pairs.length > 0) return pairs
  throw new DomainError('invalid', `${config.position} needs a phrase to detect`)
}
