import type { SharedReads } from '../../platform/shared-reads.ts'
import type { WriterReference, WrittenText } from '../../platform/threads/written-text.ts'
import { allow, type Uses } from '../identity/index.ts'
import { promptNotFound, versionNotFound, type FoundVersion, type Prompt } from './prompt.ts'
import {
  findPrompt,
  findVersion,
  newestPrompts,
  pageOfPrompts,
  promptChoices,
  type PromptChoice,
  type PromptQuery,
} from './store.ts'

/** A prompt with all its versions. Needs `prompts:read`. @throws DomainError `not-found`. */
export async function getPrompt(ctx: Uses<'db' | 'caller'>, id: string): Promise<Prompt> {
  allow(ctx.caller, 'prompts:read')
  const prompt = await ctx.db.read((tx) => findPrompt(tx, id))
  if (prompt === undefined) throw promptNotFound(id)
  return prompt
}

/**
 * A page of prompts in a surface's own words; read and written off the main thread. Needs
 * `prompts:read`.
 */
export async function listPrompts(
  ctx: Uses<'db' | 'caller'> & { readonly pages: SharedReads<WrittenText> },
  query: PromptQuery,
  writer: WriterReference,
): Promise<WrittenText> {
  allow(ctx.caller, 'prompts:read')
  const input = { ...query, writer }
  return ctx.pages.share(JSON.stringify(input), () => ctx.db.run(pageOfPrompts, input))
}

/** Those whose name holds a text, the newest first. Needs `prompts:read`. */
export async function searchPrompts(
  ctx: Uses<'db' | 'caller'>,
  text: string,
): Promise<readonly Prompt[]> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => newestPrompts(tx, { nameHas: text }))
}

/** The newest prompts. Needs `prompts:read`. */
export async function recentPrompts(
  ctx: Uses<'db' | 'caller'>,
  limit: number,
): Promise<readonly Prompt[]> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read((tx) => newestPrompts(tx, { limit }))
}

/** Every prompt and its versions, to choose from; the newest first. Needs `prompts:read`. */
export async function promptSelectList(
  ctx: Uses<'db' | 'caller'>,
): Promise<readonly PromptChoice[]> {
  allow(ctx.caller, 'prompts:read')
  return ctx.db.read(promptChoices)
}

/**
 * One version, the newest if none is named; for verbs that use prompts by powers of their own.
 * @throws DomainError `not-found`.
 */
export async function readPromptVersion(
  ctx: Uses<'db'>,
  id: string,
  version?: number,
): Promise<FoundVersion> {
  return ctx.db.read(async (tx) => {
    const found = await findVersion(tx, id, version)
    if (found !== undefined) return found
    const isKnown = version !== undefined && (await findVersion(tx, id)) !== undefined
    throw isKnown ? versionNotFound(id, version) : promptNotFound(id)
  })
}
