import { DomainError } from '../../platform/domain-error.ts'
import type { JsonObject } from '../../platform/json.ts'
import type { GuardedOutcome } from '../../platform/threads/guarded.ts'
import { allow, type Uses } from '../identity/index.ts'
import { mustFind } from './must-find.ts'
import type { ModelFileRef } from './model-file.ts'
import type { ModelLibrary } from './model-library.ts'
import type { ModelFilePowers } from './powers.ts'
import { renderTemplateJob, type Rendered } from './render-template.ts'

/** A conversation, and the template to put it in: a file's, or one given as text. */
export type TemplatePreview = PreviewSource & {
  /** In OpenAI's form. */
  readonly messages: readonly JsonObject[]
  readonly tools?: readonly JsonObject[]
  /** Whether the model's turn is to begin at the end; default true. */
  readonly addGenerationPrompt?: boolean
}

type PreviewSource =
  | { readonly ref: ModelFileRef; readonly template?: never }
  | { readonly template: string; readonly ref?: never }

const longestTemplate = 1024 * 1024
const limits = { limitMs: 1_000, maxOutputBytes: 1024 * 1024 }

/**
 * The text that a model would see of a conversation. The template runs for a second at most and in a
 * thread of its own. Needs `models:read`.
 * @throws DomainError `not-found` without the file; `invalid` for a file without a template (code
 * `chat_template_missing`), and for a template that has a fault, refuses the conversation or does
 * not end (code `chat_template_error`); `unavailable` when too many wait.
 */
export async function previewTemplate(
  ctx: Uses<'caller'> & Pick<ModelFilePowers, 'library' | 'guard'>,
  preview: TemplatePreview,
  signal?: AbortSignal,
): Promise<string> {
  allow(ctx.caller, 'models:read')
  const { template, tokens } = await sourceOf(ctx.library, preview)
  if (template.length > longestTemplate) throw templateFault('it is too long')
  const variables = {
    messages: preview.messages,
    ...(preview.tools ? { tools: preview.tools } : {}),
    add_generation_prompt: preview.addGenerationPrompt ?? true,
    bos_token: tokens.begin ?? '',
    eos_token: tokens.end ?? '',
  }
  const input = { template, variables }
  const within = { ...limits, ...(signal ? { signal } : {}) }
  return textOf(await ctx.guard.run(renderTemplateJob, input, within))
}

interface Source {
  readonly template: string
  readonly tokens: { readonly begin: string | null; readonly end: string | null }
}

async function sourceOf(library: ModelLibrary, preview: PreviewSource): Promise<Source> {
  if (preview.ref === undefined) {
    return { template: preview.template, tokens: { begin: null, end: null } }
  }
  const { chatTemplate, tokens } = await library.metadataOf(await mustFind(library, preview.ref))
  if (chatTemplate !== null) return { template: chatTemplate, tokens }
  const message = `The file ${preview.ref.filename} holds no chat template`
  throw new DomainError('invalid', message, {
    details: { status: 400, code: 'chat_template_missing' },
  })
}

function textOf(outcome: GuardedOutcome<Rendered>): string {
  if ('stopped' in outcome) throw templateFault(stops[outcome.stopped], outcome.stopped)
  if ('fault' in outcome.value) throw templateFault(outcome.value.fault)
  return outcome.value.text
}

const stops = {
  time: 'it took longer than a second',
  memory: 'it needs too much memory',
  size: 'its text is longer than 1 MiB',
} as const

function templateFault(fault: string, reason = 'template'): DomainError {
  const details = { code: 'chat_template_error', param: 'template', reason }
  return new DomainError('invalid', `The template cannot be rendered: ${fault}`, { details })
}
