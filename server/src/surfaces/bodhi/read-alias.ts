import type { AliasOptions, AliasRequest } from '@pharos/contract/bodhi/file-models.ts'
import type {
  AnswerOptions,
  FileAlias,
  FileAliasInput,
  RequestDefaults,
} from '../../features/models/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'

/** A name for a file as it is to be made. Source: bodhi contract §1.9 POST. */
export function readNewAlias(request: AliasRequest): FileAliasInput {
  const { alias } = request
  if (typeof alias !== 'string') {
    throw new DomainError('invalid', 'An alias needs its name', {
      details: { code: 'create_alias_error-alias_not_present', param: 'alias' },
    })
  }
  return { alias, ...said(request), options: toOptions(request.options ?? {}) }
}

/**
 * The same in place of an older one, of which only the options stay that this request does not speak
 * of: most clients know nothing of them. Source: bodhi contract §1.9 PUT.
 */
export function readAliasChange(
  request: AliasRequest,
  { name, options }: Pick<FileAlias, 'name' | 'options'>,
): FileAliasInput {
  const given = request.alias ?? name
  if (given !== name) {
    throw new DomainError('invalid', `The alias ${name} cannot be renamed to ${given}`, {
      details: {
        code: 'create_alias_error-alias_mismatch',
        param: 'alias',
        path: name,
        request: given,
      },
    })
  }
  const kept = request.options ? toOptions(request.options) : options
  return { alias: name, ...said(request), options: kept }
}

function said({ repo, filename, snapshot, request_params, context_params }: AliasRequest) {
  return {
    repo,
    filename,
    snapshot: snapshot ?? null,
    requestParams: withoutNull(request_params ?? {}),
    contextParams: context_params ?? {},
  }
}

/** Null counts as absent. Source: bodhi contract §4.5. */
function withoutNull({ stop, ...params }: NonNullable<AliasRequest['request_params']>) {
  const given = Object.entries({ ...params, stop: stop?.length === 0 ? null : stop })
  const defaults: RequestDefaults = Object.fromEntries(
    given.filter(([, value]) => value !== null && value !== undefined),
  )
  return defaults
}

function toOptions({ cache_seconds, trace_tokens }: AliasOptions): AnswerOptions {
  return withoutUndefined({
    cacheSeconds: cache_seconds ?? undefined,
    traceTokens: trace_tokens ?? undefined,
  })
}
