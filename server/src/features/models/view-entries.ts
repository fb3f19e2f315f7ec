import { hidesModels, mayUseModel, type Caller } from '../identity/index.ts'
import { readableMetadata, type ModelFile } from '../model-files/index.ts'
import { discoveredModels } from './listed-local.ts'
import { knownConnections, type KnownConnection } from './known-connections.ts'
import { indexFiles, placedName } from './local-models.ts'
import type { FileAlias, ModelAlias, RouterAlias } from './model-alias.ts'
import type { ModelContext } from './model-context.ts'
import type { ModelSource, ModelView } from './model-view.ts'
import { isRemote, remoteFacts, shownRemote, toRemoteView, type RemoteView } from './remote-view.ts'
import { toRouterTarget, type RouterPlaces } from './router-targets.ts'

/** A model in what it is found and put in order by; the rest is looked up for those shown. */
export interface ViewEntry {
  readonly source: ModelSource
  readonly name: string
  /** Other words by which it is found; a name goes before them. */
  readonly others: readonly string[]
  /** Empty for what is no file. */
  readonly repo: string
  readonly filename: string
  /** Undefined for what is no file, and for a file that is gone. */
  readonly file: ModelFile | undefined
  /** Of a remote provider. */
  readonly remote: RemoteView | undefined
  view(): Promise<ModelView>
}

/** Those of them that the caller is shown: a key may see only what it reaches. */
export async function shownEntries(ctx: ModelContext): Promise<readonly ViewEntry[]> {
  const entries = await viewEntries(ctx)
  return hidesModels(ctx.caller) ? entries.filter((entry) => isReached(ctx.caller, entry)) : entries
}

function isReached(caller: Caller, { source, name }: ViewEntry): boolean {
  if (source === 'api') return true
  return source === 'model' ? mayUseFile(caller, name) : mayUseModel(caller, name)
}

/** All of them: names for files, files without a name, providers, names for other models. */
async function viewEntries(ctx: ModelContext): Promise<readonly ViewEntry[]> {
  const snapshot = await ctx.directory.snapshot()
  const discovered = await discoveredModels(ctx, snapshot)
  const fileOf = indexFiles(await ctx.library.files())
  const places = { providers: ctx.providers, snapshot, discovered }
  const aliases = [...snapshot.aliases.values()]
  const unnamed = [...discovered].filter(([name]) => !snapshot.aliases.has(name))
  const remotes = knownConnections(snapshot.connections, ctx.providers).filter(isRemote)
  return [
    ...aliases.map((alias) => aliasEntry(ctx, alias, { fileOf, places })),
    ...unnamed.map(([name, file]) => discoveredEntry(ctx, name, file)),
    ...remotes.flatMap((known) => remoteEntry(ctx, known) ?? []),
  ]
}

const noFile = { repo: '', filename: '', file: undefined } as const

interface AliasPlaces {
  readonly fileOf: ReturnType<typeof indexFiles>
  readonly places: RouterPlaces
}

function aliasEntry(
  ctx: ModelContext,
  alias: ModelAlias,
  { fileOf, places }: AliasPlaces,
): ViewEntry {
  return alias.kind === 'file'
    ? fileEntry(ctx, alias, fileOf(alias))
    : routerEntry(ctx, alias, places)
}

function fileEntry(ctx: ModelContext, alias: FileAlias, file: ModelFile | undefined): ViewEntry {
  const { id, name, repo, filename } = alias
  return {
    source: 'user',
    name,
    others: [id],
    repo,
    filename,
    file,
    remote: undefined,
    view: async () => ({
      source: 'user',
      alias,
      file: file ?? null,
      metadata: file ? await readableMetadata(ctx.library, file) : null,
      mayUse: mayUseModel(ctx.caller, name),
    }),
  }
}

function routerEntry(
  { caller }: ModelContext,
  alias: RouterAlias,
  places: RouterPlaces,
): ViewEntry {
  const { name } = alias
  return {
    ...noFile,
    source: 'model_router',
    name,
    others: [alias.id],
    remote: undefined,
    view: async () => ({
      source: 'model_router',
      alias,
      targets: alias.targets.map((target) => toRouterTarget(target, places)),
      mayUse: mayUseModel(caller, name),
    }),
  }
}

function discoveredEntry(ctx: ModelContext, name: string, file: ModelFile): ViewEntry {
  const { repo, filename } = file
  return {
    source: 'model',
    name,
    others: [placedName(name)],
    repo,
    filename,
    file,
    remote: undefined,
    view: async () => ({
      source: 'model',
      name,
      file,
      metadata: await readableMetadata(ctx.library, file),
      mayUse: mayUseFile(ctx.caller, name),
    }),
  }
}

/** By either of its two names. */
function mayUseFile(caller: Caller, name: string): boolean {
  return mayUseModel(caller, name) || mayUseModel(caller, placedName(name))
}

function remoteEntry(ctx: ModelContext, known: KnownConnection): ViewEntry | undefined {
  const remote = shownRemote(toRemoteView(remoteFacts(known), ctx), ctx)
  if (!remote) return undefined
  const { label: name, id, connection } = remote
  const others = [id, connection]
  return { ...noFile, source: 'api', name, others, remote, view: async () => remote }
}
