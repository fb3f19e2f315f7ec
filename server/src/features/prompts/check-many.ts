import { DomainError } from '../../platform/domain-error.ts'
import type { PromptPowers } from './guarded-work.ts'
import { judgeManyGuarded } from './guarded-work.ts'
import type { FirstMisfit, ManyInput } from './prompt-jobs.ts'

/** Which of several texts is the first that does not fit, and why. */
export type ManyVerdict = { readonly isValid: true } | ({ readonly isValid: false } & FirstMisfit)

const mostTexts = 200
const mostCharacters = 1024 * 1024
const usualPatienceMs = 10_000

export interface ManyCheck extends ManyInput {
  /** What all of them may take together, the waits for a thread not counted; default 10 s. */
  readonly patienceMs?: number
}

/**
 * Whether each of many JSON texts fits a schema. They are checked by hundreds; where those take
 * more than a second together, by ever fewer, down to one that takes it by itself and so does not
 * fit. Source: hypersigil contract §4.3.
 * @throws DomainError `invalid` when all together take too long; else as `compilePrompt` does.
 */
export async function checkManyBySchema(
  ctx: PromptPowers,
  { schema, data, patienceMs = usualPatienceMs }: ManyCheck,
  signal?: AbortSignal,
): Promise<ManyVerdict> {
  let size = mostTexts
  let leftMs = patienceMs
  for (let start = 0; start < data.length;) {
    if (leftMs <= 0) throw tooSlow({ done: start, all: data.length, patienceMs })
    const some = portionOf(data, start, size)
    const judged = await judgeManyGuarded(ctx, { schema, data: some }, signal)
    leftMs -= judged.tookMs
    if (judged.kind === 'stopped') {
      size = Math.ceil(some.length / 2)
      continue
    }
    const { misfit } = judged
    if (misfit !== null) return { isValid: false, ...misfit, index: start + misfit.index }
    start += some.length
  }
  return { isValid: true }
}

function tooSlow(facts: { done: number; all: number; patienceMs: number }): DomainError {
  const { done, all, patienceMs } = facts
  const took = `${done} were checked in ${patienceMs / 1000} s`
  return new DomainError('invalid', `The schema is too slow for so many items, ${all}: ${took}`)
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
