import { listOf, membersOf } from './timeline.ts'

export interface GeneratedTokens {
  readonly outputText: string
  /** Prompt and completion in one. */
  readonly tokenIds: readonly number[]
  readonly timeline: unknown
}

/** Ends of a reply that its text does not show. */
const special = /^<[^<>\s]+>$/

/**
 * How many tokens the completion has. The service returns prompt and completion as one list and
 * says nowhere where the completion begins; but each entry of the timeline carries its token's
 * text, so the shortest tail of it that spells the output is the completion. Where that cannot be
 * found (no timeline, characters cut in two) all tokens are counted.
 */
export function countCompletion({ outputText, tokenIds, timeline }: GeneratedTokens): number {
  const wanted = outputText.trim()
  const pieces = piecesOf(tokenIds, timeline)
  if (pieces === null || wanted === '') return tokenIds.length
  let spelled = ''
  for (const [index, piece] of pieces.toReversed().entries()) {
    if (spelled === '' && special.test(piece) && !wanted.endsWith(piece)) continue
    spelled = piece + spelled
    if (spelled.trim() === wanted) return index + 1
    if (spelled.trim().length > wanted.length) break
  }
  return tokenIds.length
}

/** The text of each token, if the timeline is about just these tokens. */
function piecesOf(tokenIds: readonly number[], timeline: unknown): string[] | null {
  const entries = listOf(timeline).map(membersOf)
  if (entries.length !== tokenIds.length) return null
  const pieces: string[] = []
  for (const [index, { token, token_str: text }] of entries.entries()) {
    if (token !== tokenIds[index] || typeof text !== 'string') return null
    pieces.push(plainText(text))
  }
  return pieces
}

/** Some vocabularies write a blank as `Ġ` or `▁` and a line's end as `Ċ`. */
function plainText(piece: string): string {
  return piece.replaceAll(/[Ġ▁]/gu, ' ').replaceAll('Ċ', '\n')
}
