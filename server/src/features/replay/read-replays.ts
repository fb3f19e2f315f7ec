import { DomainError } from '../../platform/domain-error.ts'
import { parseObject } from '../../platform/json.ts'
import { allow, type Uses } from '../identity/index.ts'
import { attributesOf, findSpanInReach, getSpan } from '../traces/index.ts'
import { diffCompletions, type DiffStretch } from './completion-diff.ts'
import { changedAttributes } from './plan-replay.ts'
import type { ReplayRun } from './replay-run.ts'
import { findReplayRun, replayRunsOf, replayThatLeft } from './store.ts'

/** The replays of a span, newest first. Throws `not-found` for a span out of reach. */
export async function listReplays(
  ctx: Uses<'db' | 'caller'>,
  spanId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly runs: readonly ReplayRun[]; readonly total: number }> {
  await getSpan(ctx, spanId)
  return ctx.db.read((tx) => replayRunsOf(tx, spanId, page))
}

export interface ReplayDetail {
  readonly run: ReplayRun
  /** The replays that led to the original span, nearest first. */
  readonly ancestors: readonly ReplayRun[]
  readonly changedAttributes: ReturnType<typeof changedAttributes>
  readonly completionDiff: readonly DiffStretch[] | null
}

const maxAncestors = 100

/** One replay, where it comes from and what it changed. Throws `not-found`. */
export async function getReplay(
  ctx: Uses<'db' | 'caller'>,
  replayId: string,
): Promise<ReplayDetail> {
  allow(ctx.caller, 'traces:read')
  const run = await ctx.db.read((tx) => findReplayRun(tx, replayId))
  const original = run && (await findSpanInReach(ctx, run.originalSpanId))
  if (!run || !original) throw new DomainError('not-found', 'Replay not found')
  const stored = attributesOf(original)
  const { old_completion: before, new_completion: after } = parseObject(run.diffJson)
  return {
    run,
    ancestors: await ancestorsOf(ctx, run),
    changedAttributes: changedAttributes(stored, parseObject(run.modifiedInputJson)),
    completionDiff:
      typeof before === 'string' && typeof after === 'string'
        ? diffCompletions(before, after)
        : null,
  }
}

async function ancestorsOf(ctx: Uses<'db'>, run: ReplayRun): Promise<ReplayRun[]> {
  return ctx.db.read(async (tx) => {
    const found: ReplayRun[] = []
    let spanId = run.originalSpanId
    while (found.length < maxAncestors) {
      const ancestor = await replayThatLeft(tx, spanId)
      if (!ancestor) break
      found.push(ancestor)
      spanId = ancestor.originalSpanId
    }
    return found
  })
}
