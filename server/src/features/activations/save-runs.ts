import { defineGroup } from '../../platform/db/database.ts'
import type { Reach } from '../traces/index.ts'
import type { ActivationRun, RunPreview } from './activation-run.ts'
import { removePreview, savePreview, saveRun } from './store.ts'

export interface SavedRun {
  readonly run: ActivationRun
  readonly ownerKey: string | null
  /** Which runs of the same id may be written over. */
  readonly reach: Reach
  /** Null for a run that failed: what an earlier one left goes away. */
  readonly preview: RunPreview | null
}

/**
 * Stores runs, each with what it left, in the writer's thread, so that a large timeline is moved
 * there and not copied. A reply is false when the id belongs to a run out of reach.
 */
export const saveRuns = defineGroup<SavedRun, boolean>({
  module: import.meta.url,
  name: 'saveRuns',
  async run(tx, inputs) {
    const replies: boolean[] = []
    // Runs are rare: there is seldom more than one, so they are not written as a batch.
    for (const { run, ownerKey, reach, preview } of inputs) {
      const isSaved = await saveRun(tx, run, { ownerKey, reach })
      if (isSaved && preview) await savePreview(tx, run, preview)
      if (isSaved && !preview) await removePreview(tx, run.requestId)
      replies.push(isSaved)
    }
    return { replies, events: [] }
  },
})
