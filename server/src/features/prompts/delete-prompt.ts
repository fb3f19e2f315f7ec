import { allow, auditEntry, insertAudit, type Uses } from '../identity/index.ts'
import { promptNotFound } from './prompt.ts'
import { removePrompt } from './store.ts'

/**
 * Deletes a prompt with its versions. What was made of it stays, with an id that leads nowhere.
 * Needs `prompts:write`. @throws DomainError `not-found`.
 */
export async function deletePrompt(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
): Promise<void> {
  allow(ctx.caller, 'prompts:write')
  await ctx.db.write(async (tx) => {
    if (!(await removePrompt(tx, id))) throw promptNotFound(id)
    await insertAudit(tx, [auditEntry(ctx, { kind: 'prompt', id }, 'delete', {})])
  })
}
