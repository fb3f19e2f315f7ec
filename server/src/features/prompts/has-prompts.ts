import { allow, type Uses } from '../identity/index.ts'
import { isThereAPrompt } from './prompt-presence-store.ts'

/** Whether anybody has made a prompt yet. Needs `prompts:read`. */
export async function hasPrompts(ctx: Uses<'db' | 'caller'>): Promise<boolean> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => isThereAPrompt(tx))
}
