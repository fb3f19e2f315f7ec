import type {
  Alias as WireAlias,
  FileAlias as WireFileAlias,
  FileAliasOptions,
  FileReplacement,
  RequestParams,
  RouterAlias as WireRouterAlias,
  RouterReplacement,
} from '@pharos/contract/house/aliases.ts'
import type { z } from 'zod'
import type {
  AliasInput,
  AnswerOptions,
  FileAlias,
  FileAliasInput,
  ModelAlias,
  RequestDefaults,
  RouterAlias,
} from '../../features/models/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'

/** What is said of a name for other models. */
export function toInput({
  targets,
  request_params = {},
  options = {},
}: RouterReplacement): AliasInput {
  const { strategy = 'fallback', cooldown_seconds, max_attempts, honor_retry_after } = options
  return {
    targets: targets.map(({ model, weight, timeout_ms: timeoutMs, enabled = true }) => ({
      model,
      ...(weight !== undefined && { weight }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      isEnabled: enabled,
    })),
    requestParams: withoutUndefined(request_params),
    options: {
      strategy,
      ...toAnswerOptions(options),
      ...withoutUndefined({
        cooldownSeconds: cooldown_seconds,
        maxAttempts: max_attempts,
        honorsRetryAfter: honor_retry_after,
      }),
    },
  }
}

/** What is said of a name for a file. */
export function toFileInput(alias: string, said: FileReplacement): FileAliasInput {
  const { repo, filename, snapshot = null, request_params = {}, context_params = {} } = said
  return {
    alias,
    repo,
    filename,
    snapshot,
    requestParams: withoutUndefined(request_params),
    contextParams: context_params,
    options: toAnswerOptions(said.options ?? {}),
  }
}

function toAnswerOptions({ cache_seconds, trace_tokens }: FileAliasOptions): AnswerOptions {
  return withoutUndefined({ cacheSeconds: cache_seconds, traceTokens: trace_tokens })
}

export function toWire(alias: ModelAlias): WireAlias {
  return alias.kind === 'file' ? toFile(alias) : toRouter(alias)
}

function toRouter(alias: RouterAlias): WireRouterAlias {
  const { kind, targets, requestParams, options } = alias
  const { strategy, cooldownSeconds, maxAttempts, honorsRetryAfter } = options
  return {
    ...toFacts(alias),
    kind,
    targets: targets.map(({ model, weight, timeoutMs, isEnabled }) => ({
      model,
      ...(weight !== undefined && { weight }),
      ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
      enabled: isEnabled,
    })),
    request_params: toParams(requestParams),
    options: {
      strategy,
      ...fromAnswerOptions(options),
      ...withoutUndefined({
        cooldown_seconds: cooldownSeconds,
        max_attempts: maxAttempts,
        honor_retry_after: honorsRetryAfter,
      }),
    },
  }
}

function toFile(alias: FileAlias): WireFileAlias {
  const { kind, repo, filename, snapshot, requestParams, contextParams, options } = alias
  return {
    ...toFacts(alias),
    kind,
    repo,
    filename,
    snapshot,
    request_params: toParams(requestParams),
    context_params: isList(contextParams) ? [...contextParams] : { ...contextParams },
    options: fromAnswerOptions(options),
  }
}

function toFacts({ id, name, createdBy, createdAt, updatedAt }: ModelAlias) {
  return {
    id,
    name,
    created_by: createdBy,
    created_at: toTime(createdAt),
    updated_at: toTime(updatedAt),
  }
}

function toParams({ stop, ...params }: RequestDefaults): z.infer<typeof RequestParams> {
  return { ...params, ...(stop && { stop: [...stop] }) }
}

function fromAnswerOptions({ cacheSeconds, traceTokens }: AnswerOptions): FileAliasOptions {
  return withoutUndefined({ cache_seconds: cacheSeconds, trace_tokens: traceTokens })
}

/** `Array.isArray` does not tell a list that may not be changed from an object. */
function isList(params: FileAlias['contextParams']): params is readonly string[] {
  return Array.isArray(params)
}
