import type { CompletionPart } from '../../src/features/completion/part.ts'

const before = new Set(['start', 'error'])
const last = new Set(['end', 'error'])

/** What breaks the grammar of parts (see `CompletionPart`); null if nothing does. */
export function checkGrammar(parts: readonly CompletionPart[]): string | null {
  const [first] = parts
  if (!first) return 'there are no parts'
  if (!before.has(first.type)) return `${first.type} comes first`
  if (first.type === 'error' && parts.length > 1) return `${parts[1]?.type} follows error`
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1
    if (last.has(part.type) !== isLast) return `${part.type} at ${at} of ${parts.length}`
    if (part.type === 'start' && at > 0) return `start at ${at}`
  }
  return checkCalls(parts) ?? checkUsages(parts)
}

function checkCalls(parts: readonly CompletionPart[]): string | null {
  let count = 0
  for (const part of parts) {
    if (part.type !== 'tool-delta') continue
    const isNew = part.index === count
    if (!isNew && !(part.index >= 0 && part.index < count)) return `call ${part.index} of ${count}`
    if (isNew !== (part.id !== undefined && part.name !== undefined)) {
      return `call ${part.index} ${isNew ? 'begins without' : 'goes on with'} id and name`
    }
    if (isNew) count += 1
  }
  return null
}

function checkUsages(parts: readonly CompletionPart[]): string | null {
  for (const part of parts) {
    if (part.type !== 'usage') continue
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } =
      part.usage
    const counts = Object.values(part.usage).filter((count) => count !== null)
    if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return 'no count'
    const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)
    if (cached > (inputTokens ?? 0)) return 'more is cached than was read'
    if ((reasoningTokens ?? 0) > (outputTokens ?? 0)) return 'more is thought than was written'
  }
  return null
}
