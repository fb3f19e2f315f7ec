import { diffWordsWithSpace, type ChangeObject } from 'diff'

/** A stretch of text that both completions have, or that one of them has. */
export interface DiffStretch {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Bounds that keep the search for a diff within a few tens of milliseconds. */
const maxCharacters = 50_000
const maxEdits = 300

/** Word by word; null when the two are too long, or differ too much for it to be of use. */
export function diffCompletions(before: string, after: string): DiffStretch[] | null {
  if (before.length > maxCharacters || after.length > maxCharacters) return null
  const changes = diffWordsWithSpace(before, after, { maxEditLength: maxEdits })
  return changes?.map((change) => ({ kind: kindOf(change), text: change.value })) ?? null
}

function kindOf({ added, removed }: ChangeObject<string>): DiffStretch['kind'] {
  if (added) return 'added'
  return removed ? 'removed' : 'same'
}
