import { allow, type Uses } from '../identity/index.ts'
import {
  compilePrompt,
  readPromptVersion,
  type Compiled,
  type PromptPowers,
} from '../prompts/index.ts'
import { getItem } from './read-datasets.ts'

export interface ItemCompilation {
  readonly itemId: string
  readonly promptId: string
  /** The newest if none is named. */
  readonly version?: number
}

/**
 * Fills the templates of a prompt with an item; the schema of the prompt's input is not asked. Needs
 * `data:read` and `prompts:preview`. Source: hypersigil contract §1.9.
 * @throws DomainError `not-found` for item, prompt or version; `unavailable` when too much waits.
 */
export async function compileItem(
  ctx: Uses<'db' | 'caller'> & PromptPowers,
  { itemId, promptId, version }: ItemCompilation,
  signal?: AbortSignal,
): Promise<Compiled> {
  allow(ctx.caller, 'prompts:preview')
  const { content } = await getItem(ctx, itemId)
  const found = await readPromptVersion(ctx, promptId, version)
  const asked = { version: { ...found, schemaInput: null }, userInput: content }
  return compilePrompt(ctx, asked, signal)
}
