import type { CompletionPart } from '../part.ts'

/** As many answers at once as OpenAI gives. */
const mostChoices = 128

/** The text of an answer beside the first. */
export function otherDelta(choice: number, text: string): readonly CompletionPart[] {
  const isChoice = Number.isInteger(choice) && choice > 0 && choice < mostChoices
  return isChoice && text !== '' ? [{ type: 'other-delta', choice, text }] : []
}
