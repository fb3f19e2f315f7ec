import type { AnyModel } from '@pharos/contract/bodhi/aliases.ts'
import type { ApiAlias } from '@pharos/contract/bodhi/api-models.ts'
import type { ModelAlias, UserAlias } from '@pharos/contract/bodhi/file-models.ts'
import type {
  ContextParams as WireContextParams,
  ModelMetadata as WireMetadata,
  OAIRequestParams,
} from '@pharos/contract/bodhi/model-fields.ts'
import type { ModelRouter } from '@pharos/contract/bodhi/routers.ts'
import type { ModelMetadata } from '../../features/model-files/index.ts'
import type {
  ContextParams,
  DiscoveredView,
  FileAliasView,
  ModelView,
  RemoteView,
  RequestDefaults,
  RouterView,
} from '../../features/models/index.ts'
import { toTime } from '../../platform/iso-time.ts'

/** A model of any kind. Source: bodhi contract §1.9 and B.1. */
export function toModel(view: ModelView): AnyModel {
  switch (view.source) {
    case 'user':
      return toUserAlias(view)
    case 'model':
      return toModelAlias(view)
    case 'api':
      return toApiAlias(view)
    case 'model_router':
      return toModelRouter(view)
  }
}

export function toUserAlias({ alias, file, metadata, mayUse }: FileAliasView): UserAlias {
  const { cacheSeconds, traceTokens } = alias.options
  return {
    source: 'user',
    id: alias.id,
    alias: alias.name,
    repo: alias.repo,
    filename: alias.filename,
    snapshot: alias.snapshot,
    access: mayUse,
    size: file?.sizeBytes ?? null,
    metadata: toMetadata(metadata),
    model_params: {},
    request_params: toRequestParams(alias.requestParams),
    context_params: toContextParams(alias.contextParams),
    options: {
      ...(cacheSeconds !== undefined && { cache_seconds: cacheSeconds }),
      ...(traceTokens !== undefined && { trace_tokens: traceTokens }),
    },
    created_at: toTime(alias.createdAt),
    updated_at: toTime(alias.updatedAt),
  }
}

export function toModelAlias({ name, file, metadata, mayUse }: DiscoveredView): ModelAlias {
  return {
    source: 'model',
    alias: name,
    repo: file.repo,
    filename: file.filename,
    snapshot: file.snapshot,
    access: mayUse,
    size: file.sizeBytes,
    metadata: toMetadata(metadata),
    model_params: {},
    request_params: {},
    context_params: {},
  }
}

export function toModelRouter({ alias, targets, mayUse }: RouterView): ModelRouter {
  const { strategy, cooldownSeconds, maxAttempts, honorsRetryAfter } = alias.options
  return {
    source: 'model_router',
    id: alias.id,
    alias: alias.name,
    access: mayUse,
    targets: targets.map(({ alias: place, model, isEnabled, weight }) => ({
      alias: place,
      model,
      enabled: isEnabled,
      weight: weight ?? null,
    })),
    strategy: {
      strategy,
      cooldown_secs: cooldownSeconds ?? 0,
      max_attempts: maxAttempts ?? 0,
      honor_retry_after: honorsRetryAfter ?? false,
    },
    created_at: toTime(alias.createdAt),
    updated_at: toTime(alias.updatedAt),
  }
}

export function toApiAlias(remote: RemoteView): ApiAlias {
  return {
    source: 'api',
    id: remote.id,
    name: remote.label,
    api_format: remote.format,
    base_url: remote.baseUrl,
    has_api_key: remote.hasKey,
    models: remote.models.map(({ id, mayUse }) => ({
      id,
      access: mayUse,
      ...ownFields(remote, id),
    })),
    prefix: remote.prefix,
    forward_all_with_prefix: remote.forwardsAll,
    created_at: toTime(remote.createdAt),
    updated_at: toTime(remote.updatedAt),
  }
}

/** What a provider's own list says of each of its models. */
function ownFields({ format }: RemoteView, id: string) {
  switch (format) {
    case 'openai':
    case 'openai_responses':
      return { provider: 'openai', object: 'model' } as const
    case 'anthropic':
      return { provider: 'anthropic', type: 'model', display_name: id } as const
    case 'gemini':
      return { provider: 'gemini', name: `models/${id}` } as const
  }
}

export function toMetadata(metadata: ModelMetadata | null): WireMetadata | null {
  if (metadata === null) return null
  const { capabilities, context, architecture, chatTemplate } = metadata
  const { vision, audio, thinking, tools } = capabilities
  return {
    capabilities: {
      vision,
      audio,
      thinking,
      tools: {
        function_calling: tools.functionCalling,
        structured_output: tools.structuredOutput,
      },
    },
    context: {
      max_input_tokens: context.maxInputTokens,
      max_output_tokens: context.maxOutputTokens,
    },
    architecture: {
      family: architecture.family,
      parameter_count: architecture.parameterCount,
      quantization: architecture.quantization,
      format: architecture.format,
    },
    chat_template: chatTemplate,
  }
}

function toRequestParams({ stop, ...params }: RequestDefaults): OAIRequestParams {
  return { ...params, ...(stop && { stop: [...stop] }) }
}

function toContextParams(params: ContextParams): WireContextParams {
  return isList(params) ? [...params] : { ...params }
}

function isList(params: ContextParams): params is readonly string[] {
  return Array.isArray(params)
}
