import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnthropicModel,
  AnthropicModelList,
  Model,
  ModelList,
} from '@pharos/contract/openai/models.ts'
import type { ListedModel, ModelList as ListedModels } from '../../features/models/index.ts'

/** Which part of Anthropic's list is wanted. */
export interface ModelsPage {
  readonly limit?: string | undefined
  readonly after_id?: string | undefined
  readonly before_id?: string | undefined
}

/** Only Anthropic's clients say which version of its API they speak. Source: rulings §5. */
function isForAnthropic(headers: IncomingHttpHeaders): boolean {
  return headers['anthropic-version'] !== undefined
}

/** The list of models in the form that the asking client knows. */
export function toModelsReply(
  headers: IncomingHttpHeaders,
  { models, providers }: ListedModels,
  page: ModelsPage = {},
): ModelList | AnthropicModelList {
  if (isForAnthropic(headers)) return toAnthropicList(models, page)
  return {
    object: 'list',
    data: models.map(toModel),
    providers: providers.map(({ name, status, error }) => ({
      name,
      status,
      ...(error === undefined ? {} : { error }),
    })),
  }
}

/** One model in the form that the asking client knows. */
export function toModelReply(
  headers: IncomingHttpHeaders,
  model: ListedModel,
): Model | AnthropicModel {
  return isForAnthropic(headers) ? toAnthropicModel(model) : toModel(model)
}

/** An alias belongs to the house, whose name on this wire is `system`. Source: bodhi §1.14. */
function toModel({ id, createdAt, provider = 'system' }: ListedModel): Model {
  return { id, object: 'model', created: Math.trunc(createdAt), owned_by: provider }
}

function toAnthropicModel({ id, createdAt }: ListedModel): AnthropicModel {
  const created_at = new Date(Math.trunc(createdAt) * 1000).toISOString().replace('.000Z', 'Z')
  return { type: 'model', id, display_name: id, created_at }
}

/** Source: Anthropic's API reference, models. */
function toAnthropicList(models: readonly ListedModel[], page: ModelsPage): AnthropicModelList {
  const { limit, after_id: after, before_id: before } = page
  const count = limit !== undefined && /^\d{1,4}$/.test(limit) ? Number(limit) : 20
  const size = Math.min(Math.max(count, 1), 1000)
  const start = models.findIndex(({ id }) => id === after) + 1
  const end = models.findIndex(({ id }) => id === before)
  const rest = models.slice(start, end < 0 ? undefined : end)
  // Before an id stands the page that ends there.
  const shown = before === undefined ? rest.slice(0, size) : rest.slice(-size)
  return {
    data: shown.map(toAnthropicModel),
    has_more: shown.length < rest.length,
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
  }
}
