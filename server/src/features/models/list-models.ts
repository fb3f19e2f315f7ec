import { allow, maySeeConnection } from '../identity/index.ts'
import type { ModelFile } from '../model-files/index.ts'
import type { ListedModel, ProviderStatus } from './listed-model.ts'
import { lackOf } from './connection-facts.ts'
import { discoveredModels, toListedAlias, toListedFile } from './listed-local.ts'
import { listConnectionsOf, listersOf, type ListedConnection } from './listers.ts'
import { indexFiles, placedName } from './local-models.ts'
import type { ModelAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import { ambiguous, modelNotFound } from './place-model.ts'

export interface ModelList {
  readonly models: readonly ListedModel[]
  readonly providers: readonly ProviderStatus[]
}

/** Whether the caller may know and use a model of that name. */
export type Grants = (name: string) => boolean

const everything: Grants = () => true

/**
 * Every model that can be asked for: aliases by name, then discovered files by name, then
 * `connection/model`, each name once. A provider that does not answer holds the list up for two
 * seconds at most, and only the first time. Needs `models:read`. Source: rulings §4.
 */
export async function listModels(
  ctx: ModelContext,
  isGranted: Grants = everything,
): Promise<ModelList> {
  allow(ctx.caller, 'models:read')
  const snapshot = await ctx.directory.snapshot()
  const [connections, discovered, files] = await Promise.all([
    listConnectionsOf(ctx, snapshot),
    discoveredModels(ctx, snapshot),
    ctx.library.files(),
  ])
  const fileOf = indexFiles(files)
  const found = [
    ...[...snapshot.aliases.values()].map((alias) => toListedAlias(alias, ownFile(alias, fileOf))),
    ...[...discovered].map(([name, file]) => toListedFile(name, file, isGranted)),
    ...prefixedFirst(connections).flatMap(toListedModels),
  ]
  const byId = new Map<string, ListedModel>()
  for (const model of found) {
    if (!byId.has(model.id) && isGranted(model.id)) byId.set(model.id, model)
  }
  const models = [...byId.values()]
  const providers = connections
    .filter(({ known }) => maySeeConnection(ctx.caller, known.facts.name))
    .map((one) => toStatus(one, discovered.size))
  return { models, providers }
}

/**
 * The model of that name as the list has it, or under its bare name where one connection alone
 * lists it. Needs `models:read`.
 * @throws DomainError `not-found` (details.reason `model_not_found`) or `invalid`
 * (`ambiguous_model`).
 */
export async function findModel(
  ctx: ModelContext,
  name: string,
  isGranted: Grants = everything,
): Promise<ListedModel> {
  const { models } = await listModels(ctx, isGranted)
  const listed = models.find(({ id }) => id === name)
  if (listed) return listed
  if (!isGranted(name)) throw modelNotFound(name)
  const snapshot = await ctx.directory.snapshot()
  for (const [own, file] of await discoveredModels(ctx, snapshot)) {
    if (placedName(own) === name) return { ...toListedFile(own, file, everything), id: name }
  }
  const listers = await listersOf(ctx, snapshot, name)
  if (listers.length > 1) throw ambiguous(name, listers)
  const [only] = listers
  const placed = only && models.find(({ id }) => id === `${only.facts.name}/${name}`)
  if (!placed) throw modelNotFound(name)
  return { ...placed, id: name }
}

/** How each provider is doing, as far as is known. Needs `models:read`. */
export async function listProviders(ctx: ModelContext): Promise<readonly ProviderStatus[]> {
  const { providers } = await listModels(ctx)
  return providers
}

function ownFile(alias: ModelAlias, fileOf: ReturnType<typeof indexFiles>): ModelFile | undefined {
  return alias.kind === 'file' ? fileOf(alias) : undefined
}

/** A prefix goes before the name of a connection, in lists as in calls. */
function prefixedFirst(connections: readonly ListedConnection[]): readonly ListedConnection[] {
  const hasPrefix = ({ known }: ListedConnection) => known.facts.prefix !== null
  return [...connections.filter(hasPrefix), ...connections.filter((one) => !hasPrefix(one))]
}

function toListedModels({ known, list }: ListedConnection): readonly ListedModel[] {
  const { name: provider, models, prefix } = known.facts
  if (lackOf(known.facts) !== undefined) return []
  const found = models?.map((id) => ({ id, createdAt: 0, ownedBy: null })) ?? list?.models ?? []
  return found.map(({ id, createdAt, ownedBy }) => ({
    id: `${prefix ?? `${provider}/`}${id}`,
    createdAt,
    ownedBy: ownedBy ?? provider,
    source: 'provider',
    provider,
  }))
}

/**
 * What is known of a provider, in words that may be shown. Nobody has to be asked how the local
 * engine is doing: it has so many models as were discovered.
 */
export function toStatus(
  { known, list }: ListedConnection,
  discoveredCount: number,
): ProviderStatus {
  const { name, models, kind } = known.facts
  const lack = lackOf(known.facts)
  if (lack !== undefined) return { name, status: lack, modelCount: 0, checkedAt: null }
  if (kind === 'local') return { name, status: 'ok', modelCount: discoveredCount, checkedAt: null }
  if (models) return { name, status: 'ok', modelCount: models.length, checkedAt: null }
  const answer = list?.answer ?? { status: 'unreachable', reason: 'It has not answered yet' }
  const facts = { name, modelCount: list?.models.length ?? 0, checkedAt: list?.checkedAt ?? null }
  if (answer.status === 'listed') return { ...facts, status: 'ok' }
  const status = answer.status === 'refused' ? 'refused' : 'unreachable'
  return { ...facts, status, error: answer.reason }
}
