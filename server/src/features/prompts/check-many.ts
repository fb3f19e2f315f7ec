import type { PromptPowers } from './guarded-work.ts'
import { judgeManyGuarded } from './guarded-work.ts'
import type { FirstMisfit, ManyInput } from './prompt-jobs.ts'

/** Which of several texts is the first that does not fit, and why. */
export type ManyVerdict = { readonly isValid: true } | ({ readonly isValid: false } & FirstMisfit)

const mostTexts = 200
const mostCharacters = 1024 * 1024

/**
 * Whether each of many JSON texts fits a schema. They are checked by hundreds; where those take
 * more than a second together, by ever fewer, down to one that takes it by itself and so does not
 * fit. Throws as `compilePrompt` does. Source: hypersigil contract §4.3.
 */
export async function checkManyBySchema(
  ctx: PromptPowers,
  { schema, data }: ManyInput,
  signal?: AbortSignal,
): Promise<ManyVerdict> {
  let size = mostTexts
  for (let start = 0; start < data.length;) {
    const some = portionOf(data, start, size)
    const misfit = await judgeManyGuarded(ctx, { schema, data: some }, signal)
    if (misfit === 'stopped') {
      size = Math.ceil(some.length / 2)
      continue
    }
    if (misfit !== null) return { isValid: false, ...misfit, index: start + misfit.index }
    start += some.length
  }
  return { isValid: true }
}

/** So many from a place on, or fewer where they are long; never none. */
function portionOf(data: readonly string[], start: number, size: number): readonly string[] {
  let end = start
  let characters = 0
  while (end < data.length && end - start < size) {
    characters += data[end]?.length ?? 0
    if (end > start && characters > mostCharacters) break
    end += 1
  }
  return data.slice(start, end)
}
