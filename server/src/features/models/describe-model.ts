import type { JsonObject } from '../../platform/json.ts'
import type { LoadPlan } from '../engine/index.ts'
import { allow, lendScope, mayUseModel } from '../identity/index.ts'
import {
  readableMetadata,
  type ModelFile,
  type ModelLibrary,
  type ModelMetadata,
} from '../model-files/index.ts'
import { askOllama } from './ask-ollama.ts'
import { listModels } from './list-models.ts'
import type { ModelContext } from './model-context.ts'
import { modelNotFound } from './place-model.ts'
import type { RequestDefaults } from './request-defaults.ts'
import { resolveModel } from './resolve-model.ts'

/** What can be said of a model: what its Ollama or its file tells, or the little known here. */
export type ModelDescription =
  | { readonly source: 'ollama'; readonly told: JsonObject }
  | FileDescription
  | {
      readonly source: 'known'
      /** Unix seconds; 0 where nobody says. */
      readonly createdAt: number
      readonly defaults: RequestDefaults
    }

export interface FileDescription {
  readonly source: 'file'
  readonly file: ModelFile
  /** Null for a file that cannot be read. */
  readonly metadata: ModelMetadata | null
  /** Jinja: the alias's, else the file's. */
  readonly template: string | null
  /** Unix seconds. */
  readonly createdAt: number
  readonly defaults: RequestDefaults
  /** How it is loaded, as far as the alias says. */
  readonly options: LoadPlan['options']
}

export interface ModelQuestion {
  /** What an Ollama is asked besides, for example `verbose`. */
  readonly more: JsonObject
  /** How many servers like this one the question has passed already. */
  readonly hops: number
  readonly signal: AbortSignal
}

/**
 * Describes a model by the name it is asked for; an alias by the first place it leads to now. Needs
 * `models:read`.
 * @throws DomainError `not-found` for an unknown model and one that the caller's key does not reach,
 * `invalid` for an ambiguous name, `upstream` when its Ollama does not tell.
 */
export async function describeModel(
  ctx: ModelContext,
  name: string,
  question: ModelQuestion,
): Promise<ModelDescription> {
  allow(ctx.caller, 'models:read')
  if (!mayUseModel(ctx.caller, name)) throw modelNotFound(name)
  // Whoever may read of a model need not be allowed to run it.
  const caller = lendScope(ctx.caller, 'completions:run')
  const { targets } = await resolveModel({ ...ctx, caller }, name)
  const [{ connection, model, defaults }] = targets
  if (connection.load) return describeFile(ctx.library, { name, load: connection.load, defaults })
  if (connection.kind === 'ollama') {
    const { more, ...rest } = question
    const shown = { path: '/api/show', body: { ...more, model }, ...rest } as const
    return { source: 'ollama', told: await askOllama(ctx.upstream, connection, shown) }
  }
  const { models } = await listModels(ctx)
  const createdAt = models.find(({ id }) => id === name)?.createdAt ?? 0
  return { source: 'known', createdAt, defaults }
}

interface LoadedAs {
  readonly name: string
  readonly load: LoadPlan
  readonly defaults: RequestDefaults
}

async function describeFile(
  library: ModelLibrary,
  { name, load: { path, options }, defaults }: LoadedAs,
): Promise<FileDescription> {
  const file = (await library.files()).find((one) => one.path === path)
  if (!file) throw modelNotFound(name)
  const metadata = await readableMetadata(library, file)
  const template = options.chatTemplate ?? metadata?.chatTemplate ?? null
  const createdAt = Math.trunc(file.modifiedAt)
  return { source: 'file', file, metadata, template, createdAt, defaults, options }
}
