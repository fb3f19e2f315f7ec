import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { reachOf } from './reach.ts'
import type { PromptVersion } from './span.ts'
import { toStorableText } from './storable.ts'
import { addPromptVersions, findSpan, promptVersionsOf } from './span-store.ts'

/** Prompts saved for a span, newest first. Throws `not-found`. */
export async function listPromptVersions(
  ctx: Uses<'db' | 'caller'>,
  spanId: string,
): Promise<PromptVersion[]> {
  allow(ctx.caller, 'traces:read')
  const versions = await ctx.db.read(async (tx) => {
    const span = await findSpan(tx, spanId, reachOf(ctx.caller))
    return span && promptVersionsOf(tx, spanId)
  })
  if (!versions) throw new DomainError('not-found', 'Span not found')
  return versions
}

/** Saves a prompt for an LLM span. Throws `not-found`, or `precondition` for other spans. */
export async function savePromptVersion(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  spanId: string,
  given: { readonly promptText: string; readonly label: string | null },
): Promise<PromptVersion> {
  allow(ctx.caller, 'traces:write')
  const version: PromptVersion = {
    versionId: ctx.ids.uuid(),
    spanId,
    promptText: toStorableText(given.promptText),
    label: given.label === null ? null : toStorableText(given.label),
    createdAt: ctx.clock.nowSeconds(),
  }
  await ctx.db.write(async (tx) => {
    const span = await findSpan(tx, spanId, reachOf(ctx.caller))
    if (!span) throw new DomainError('not-found', 'Span not found')
    if (span.spanType !== 'llm_call') {
      throw new DomainError('precondition', 'Prompt versions only supported for llm_call spans')
    }
    await addPromptVersions(tx, [version])
  })
  return version
}
