import { allow, auditEntry, identityOf, type Uses } from '../identity/index.ts'
import { checkContent } from './check-content.ts'
import type { PromptPowers } from './guarded-work.ts'
import { planContent, type GivenContent } from './plan-prompt.ts'
import { nameTaken, type Prompt } from './prompt.ts'
import { insertPrompts } from './store.ts'

/**
 * Keeps a prompt with its first version. Needs `prompts:write`.
 * @throws DomainError `invalid` for a template or schema that cannot be used; `conflict` when the
 * name is taken.
 */
export async function createPrompt(
  ctx: Uses<'db' | 'clock' | 'ids' | 'caller'> & PromptPowers,
  given: GivenContent,
): Promise<Prompt> {
  allow(ctx.caller, 'prompts:write')
  const content = planContent(given)
  await checkContent(ctx, content)
  const at = ctx.clock.nowSeconds()
  const version = { version: 1, ...content, createdAt: at }
  const prompt: Prompt = { id: ctx.ids.uuid(), versions: [version], createdAt: at, updatedAt: at }
  const target = { kind: 'prompt', id: prompt.id }
  const audit = auditEntry(ctx, target, 'create', { name: content.name })
  const input = { prompt, createdBy: identityOf(ctx.caller), audit }
  const sizeBytes = 1024 + 4 * JSON.stringify(content).length
  if (!(await ctx.db.enqueue(insertPrompts, input, sizeBytes))) throw nameTaken(content.name)
  return prompt
}
