import { DomainError } from '../../platform/domain-error.ts'
import type { JsonObject } from '../../platform/json.ts'
import { readContextParams } from '../engine/index.ts'
import { previewTemplate, type ModelFilePowers } from '../model-files/index.ts'
import { getModelView } from './list-model-views.ts'
import type { ModelContext } from './model-context.ts'

export interface Conversation {
  /** In OpenAI's form. */
  readonly messages: readonly JsonObject[]
  readonly tools?: readonly JsonObject[]
}

/**
 * The text that a local model would see of a conversation: by the template of its alias, else of its
 * file. Needs `models:read`.
 * @throws DomainError as `getModelView` and `previewTemplate`; `invalid` for a model that is no file.
 */
export async function previewModel(
  ctx: ModelContext & Pick<ModelFilePowers, 'guard'>,
  idOrName: string,
  conversation: Conversation,
  signal?: AbortSignal,
): Promise<string> {
  const view = await getModelView(ctx, idOrName)
  if (view.source !== 'user' && view.source !== 'model') {
    const message = `${idOrName} is no file of this machine: its provider alone knows its template`
    throw new DomainError('invalid', message, { details: { code: 'chat_template_missing' } })
  }
  const { repo, filename, snapshot } = view.source === 'user' ? view.alias : view.file
  const own = view.source === 'user' ? templateOf(view.alias.contextParams) : undefined
  const source = own === undefined ? { ref: { repo, filename, snapshot } } : { template: own }
  return previewTemplate(ctx, { ...source, ...conversation }, signal)
}

function templateOf(contextParams: unknown): string | undefined {
  return readContextParams(contextParams).chatTemplate
}
