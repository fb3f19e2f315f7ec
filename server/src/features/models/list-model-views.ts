import { allow } from '../identity/index.ts'
import { readableMetadata } from '../model-files/index.ts'
import { aliasNotFound } from './list-aliases.ts'
import { listConnectionsOf } from './listers.ts'
import type { ModelContext } from './model-context.ts'
import {
  hasCapability,
  type ModelView,
  type ModelViewFilter,
  type ModelViewPage,
  type ModelViewQuery,
  type ViewCapability,
} from './model-view.ts'
import { shownEntries, type ViewEntry } from './view-entries.ts'

/** Files read at a time to learn what their models can do. */
const filesAtATime = 16

/**
 * A page of all that can be asked for: names for files, files without a name, remote providers and
 * routers. What files say of themselves is read for those on the page alone, unless it is filtered
 * by. Needs `models:read`. Source: bodhi contract §1.8, §1.9, B.1.
 */
export async function listModelViews(
  ctx: ModelContext,
  query: ModelViewQuery,
): Promise<ModelViewPage> {
  allow(ctx.caller, 'models:read')
  await learnRemoteModels(ctx, query)
  const wanted = (await shownEntries(ctx)).filter((entry) => fits(entry, query))
  const able = query.capability ? await withCapability(ctx, wanted, query.capability) : wanted
  const sorted = able.toSorted(orderOf(query))
  const start = (query.page - 1) * query.pageSize
  const shown = sorted.slice(start, start + query.pageSize)
  return { views: await Promise.all(shown.map((entry) => entry.view())), total: sorted.length }
}

/**
 * One of them: whatever has this name, the aliases first, else this id. Needs `models:read`.
 * @throws DomainError `not-found`, details.code `alias_not_found_error`.
 */
export async function getModelView(ctx: ModelContext, idOrName: string): Promise<ModelView> {
  allow(ctx.caller, 'models:read')
  await learnRemoteModels(ctx, {})
  const entries = await shownEntries(ctx)
  const named = entries.find(({ name }) => name === idOrName)
  const found = named ?? entries.find(({ others }) => others.includes(idOrName))
  if (!found) throw aliasNotFound(idOrName)
  return found.view()
}

/** Providers that never told their models are asked, where their models matter. */
async function learnRemoteModels(ctx: ModelContext, { source, sizeMin, sizeMax }: ModelViewFilter) {
  const isOnlyFiles = sizeMin !== undefined || sizeMax !== undefined
  if (isOnlyFiles || (source !== undefined && source !== 'api')) return
  await listConnectionsOf(ctx, await ctx.directory.snapshot())
}

function fits(entry: ViewEntry, filter: ModelViewFilter): boolean {
  const { source, format, search, capability } = filter
  if (source !== undefined && entry.source !== source) return false
  if (format !== undefined && entry.remote?.format !== format) return false
  if (!fitsSize(entry, filter) || (capability !== undefined && !entry.file)) return false
  return search === undefined || isFound(entry, search.toLowerCase())
}

function fitsSize({ file }: ViewEntry, { sizeMin, sizeMax }: ModelViewFilter): boolean {
  if (sizeMin === undefined && sizeMax === undefined) return true
  const size = file?.sizeBytes ?? null
  return size !== null && size >= (sizeMin ?? 0) && size <= (sizeMax ?? Infinity)
}

function isFound({ name, repo, filename, remote }: ViewEntry, words: string): boolean {
  const places = [name, repo, filename, remote?.connection ?? '']
  const models = remote?.models.map((model) => model.name) ?? []
  return [...places, ...models].some((text) => text.toLowerCase().includes(words))
}

async function withCapability(
  { library }: ModelContext,
  entries: readonly ViewEntry[],
  capability: ViewCapability,
): Promise<readonly ViewEntry[]> {
  const able: ViewEntry[] = []
  for (let start = 0; start < entries.length; start += filesAtATime) {
    const portion = entries.slice(start, start + filesAtATime)
    const known = await Promise.all(
      portion.map(async ({ file }) => (file ? readableMetadata(library, file) : null)),
    )
    able.push(
      ...portion.filter((_, index) => {
        const metadata = known[index]
        return metadata ? hasCapability(metadata, capability) : false
      }),
    )
  }
  return able
}

type Order = (one: ViewEntry, two: ViewEntry) => number

/** Equal ones stand in the order of their names. */
function orderOf({ sort = 'name', order = 'asc' }: ModelViewQuery): Order {
  const sign = order === 'asc' ? 1 : -1
  return (one, two) => {
    const difference = compare(keyOf(one, sort), keyOf(two, sort)) || compare(one.name, two.name)
    return sign * difference
  }
}

function keyOf(entry: ViewEntry, sort: NonNullable<ModelViewQuery['sort']>): string {
  return entry[sort]
}

function compare(one: string, two: string): number {
  if (one === two) return 0
  return one < two ? -1 : 1
}
