import type { Group, Tx } from '../../../platform/db/database.ts'
import type { Uses } from '../../identity/index.ts'
import { newestSpanSeq, type FoundSpan, type ReviseRange } from './revise-store.ts'

export interface ReviseTally {
  readonly examined: number
  readonly changed: number
}

export interface ReviseWork {
  /** Ends the work between two transactions; what is done by then stays. */
  readonly signal?: AbortSignal | undefined
  /** Told of all that is done, after each transaction. */
  readonly onProgress?: ((done: ReviseTally) => void) | undefined
}

/** Stored spans by number, and the traces they belong to. */
export interface ReviseInput {
  readonly seqs: readonly number[]
  readonly traceIds: readonly string[]
}

const spansAtATime = 200

/**
 * Goes over the stored spans that `find` names, oldest first, and has `group` change a few of
 * them in each transaction, so that a running server goes on beside it. Spans that arrive
 * meanwhile are left out: they are new anyway.
 */
export async function reviseStored(
  ctx: Uses<'db'>,
  find: (tx: Tx, range: ReviseRange) => Promise<readonly FoundSpan[]>,
  group: Group<ReviseInput, ReviseTally>,
  { signal, onProgress }: ReviseWork,
): Promise<ReviseTally> {
  const last = await ctx.db.read(newestSpanSeq)
  let done: ReviseTally = { examined: 0, changed: 0 }
  for (let after = Number.MIN_SAFE_INTEGER; signal?.aborted !== true;) {
    const range = { after, last, limit: spansAtATime }
    const found = await ctx.db.read((tx) => find(tx, range))
    const end = found.at(-1)
    if (!end) break
    after = end.seq
    const seqs = found.map(({ seq }) => seq)
    const traceIds = [...new Set(found.map(({ traceId }) => traceId))]
    done = added(done, await ctx.db.enqueue(group, { seqs, traceIds }, 0))
    onProgress?.(done)
  }
  return done
}

function added(a: ReviseTally, b: ReviseTally): ReviseTally {
  return { examined: a.examined + b.examined, changed: a.changed + b.changed }
}
