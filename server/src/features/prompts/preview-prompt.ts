import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { compilePrompt, type Compilable, type Compiled } from './compile-prompt.ts'
import type { PromptPowers } from './guarded-work.ts'
import type { PromptEscape, PromptMessage } from './prompt.ts'
import { readPromptVersion } from './read-prompts.ts'

/** A version of a prompt, the newest if none is named; or a text or messages of nobody's yet. */
export type PreviewSource =
  | { readonly promptId: string; readonly version?: number }
  | { readonly text: string }
  | { readonly messages: readonly PromptMessage[] }

export interface PromptPreview {
  readonly source: PreviewSource
  /** JSON text. */
  readonly userInput: string
  /** Instead of what the version says. */
  readonly escape?: PromptEscape
}

/**
 * What a model would be given of a prompt. Needs `prompts:preview`.
 * @throws DomainError `not-found`; `invalid` with the label `Compilation Error` when the input is
 * not JSON or does not fit, or the template has a fault or takes too much.
 */
export async function previewPrompt(
  ctx: Uses<'db' | 'caller'> & PromptPowers,
  { source, userInput, escape }: PromptPreview,
  signal?: AbortSignal,
): Promise<Extract<Compiled, { status: 'compiled' }>> {
  allow(ctx.caller, 'prompts:preview')
  const found = await versionOf(ctx, source)
  const version = { ...found, ...(escape && { options: { ...found.options, escape } }) }
  const compiled = await compilePrompt(ctx, { version, userInput }, signal)
  if (compiled.status === 'compiled') return compiled
  const { message, faults } = compiled
  throw new DomainError('invalid', message, {
    details: { label: 'Compilation Error', ...(faults !== null && { shown: faults }) },
  })
}

async function versionOf(ctx: Uses<'db'>, source: PreviewSource): Promise<Compilable> {
  if ('promptId' in source) return readPromptVersion(ctx, source.promptId, source.version)
  const bare = { schemaInput: null, options: null }
  if ('text' in source) return { prompt: source.text, messages: null, ...bare }
  return { prompt: '', messages: source.messages, ...bare }
}
