import { allow, auditEntry, identityOf, insertAudit, type Uses } from '../identity/index.ts'
import { checkContent } from './check-content.ts'
import type { PromptPowers } from './guarded-work.ts'
import { planNextContent, type PromptChanges } from './plan-prompt.ts'
import { currentOf, nameTaken, promptNotFound, type Prompt, type PromptContent } from './prompt.ts'
import {
  addVersion,
  findPrompt,
  findVersion,
  isNameOfAnother,
  lockPrompt,
  touchPrompt,
} from './store.ts'

/**
 * Adds a version that says what changes; earlier ones stay as they are. Without a change only
 * `updatedAt` moves. Needs `prompts:write`. See `planNextContent` for what a version keeps.
 * @throws DomainError `not-found`; `invalid` for a template or schema that cannot be used;
 * `conflict` when the name is another prompt's.
 */
export async function updatePrompt(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & PromptPowers,
  id: string,
  changes: PromptChanges,
): Promise<Prompt> {
  allow(ctx.caller, 'prompts:write')
  const checked = await checkedContent(ctx, id, changes)
  return ctx.db.write(async (tx) => {
    const known = await lockedPrompt(tx, id)
    const current = currentOf(known)
    const content = planNextContent(current, changes)
    const now = Math.max(ctx.clock.nowSeconds(), known.updatedAt)
    if (content === undefined) {
      await touchPrompt(tx, id, now)
      return { ...known, updatedAt: now }
    }
    if (content.name !== current.name && (await isNameOfAnother(tx, id, content.name))) {
      throw nameTaken(content.name)
    }
    // Somebody else's change came between: what this one joins was not checked with it.
    if (!isSameCheck(content, checked)) await checkContent(ctx, content)
    const version = { version: current.version + 1, ...content, createdAt: now }
    await addVersion(tx, { promptId: id, version, createdBy: identityOf(ctx.caller) })
    const audit = auditEntry(ctx, { kind: 'prompt', id }, 'update', { version: version.version })
    await insertAudit(tx, [audit])
    return { ...known, versions: [...known.versions, version], updatedAt: now }
  })
}

type WriteTx = Parameters<typeof lockPrompt>[0]

async function lockedPrompt(tx: WriteTx, id: string): Promise<Prompt> {
  await lockPrompt(tx, id)
  const prompt = await findPrompt(tx, id)
  if (prompt === undefined) throw promptNotFound(id)
  return prompt
}

/** Templates and schemas take their time: they are tried before the writer is held. */
async function checkedContent(
  ctx: Uses<'db'> & PromptPowers,
  id: string,
  changes: PromptChanges,
): Promise<PromptContent | undefined> {
  const current = await ctx.db.read((tx) => findVersion(tx, id))
  if (current === undefined) throw promptNotFound(id)
  const content = planNextContent(current, changes)
  if (content !== undefined) await checkContent(ctx, content)
  return content
}

function isSameCheck(content: PromptContent, checked: PromptContent | undefined): boolean {
  if (checked === undefined) return false
  const wordsOf = ({ prompt, messages, schemaInput, schemaResponse }: PromptContent): string =>
    JSON.stringify([prompt, messages, schemaInput, schemaResponse])
  return wordsOf(content) === wordsOf(checked)
}
