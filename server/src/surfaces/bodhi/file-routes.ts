import type { SortedQuery } from '@pharos/contract/bodhi/scalars.ts'
import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { Caller } from '../../features/identity/index.ts'
import {
  deleteModelFile,
  describeModelFiles,
  isRefreshing,
  listModelFiles,
  refreshModelFile,
  refreshModelFiles,
  updateModelFile,
  type ModelFileUpdate,
} from '../../features/model-files/index.ts'
import { viewDiscovered } from '../../features/models/index.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { nothing, serve, type BodhiPowers } from './door.ts'
import { orderOf, pageOf, sortOf } from './page.ts'
import { toDownload, toLocalModel } from './wire-files.ts'
import { toModelAlias } from './wire-models.ts'

/** Files on disk. Source: bodhi contract §1.10, §1.16, rulings §5. */
export function fileRoutes(powers: BodhiPowers) {
  return [...listRoutes(powers), ...changeRoutes(powers), ...refreshRoutes(powers)]
}

const sorts = ['repo', 'filename', 'snapshot', 'size'] as const

function listRoutes(powers: BodhiPowers) {
  const list = async ({ query, caller, request }: Listing) => {
    const ctx = { ...powers, caller }
    const { page, pageSize } = pageOf(query)
    const order = { sort: sortOf(query, sorts), order: orderOf(query) }
    const { files, total } = await listModelFiles(ctx, { page, pageSize, ...order })
    const described = await describeModelFiles(ctx, files)
    const data = described.map(({ file, metadata }) => toLocalModel(file, metadata))
    return conditional(request, { data, total, page, page_size: pageSize })
  }
  return [serve(bodhiRoutes.listModelFiles, list), serve(bodhiRoutes.listFiles, list)]
}

interface Listing {
  readonly query: SortedQuery
  readonly caller: Caller
  readonly request: RequestFacts
}

function changeRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.deleteModelFile, async ({ query, caller }) => {
      const { repo, filename, snapshot = null } = query
      await deleteModelFile({ ...powers, caller }, { repo, filename, snapshot })
      return { status: 204, ...nothing }
    }),
    serve(bodhiRoutes.updateModelFile, async ({ body, caller, signal }) => {
      const update = await updateModelFile({ ...powers, caller }, body, { signal })
      const { body: told, isNew } = toUpdate(update)
      return isNew ? { status: 201, body: told } : { status: 200, body: told }
    }),
  ]
}

function refreshRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.refreshModels, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      if (body.source === 'all') {
        const count = await refreshModelFiles(ctx)
        return { status: 202, body: { num_queued: String(count), alias: null } }
      }
      const { repo, filename, snapshot } = body
      const refreshed = await refreshModelFile(ctx, { repo, filename, snapshot })
      return { status: 200, body: toModelAlias(viewDiscovered(ctx, refreshed)) }
    }),
    serve(bodhiRoutes.readQueue, ({ caller }) => {
      const isBusy = isRefreshing({ ...powers, caller })
      return { status: 200, body: { status: isBusy ? ('processing' as const) : ('idle' as const) } }
    }),
  ]
}

function toUpdate(update: ModelFileUpdate) {
  if (update.isCurrent) {
    const { snapshot } = update
    return { isNew: false, body: { is_current: true, snapshot, download: null } }
  }
  const download = toDownload(update.download)
  const { snapshot } = download
  return { isNew: update.isNew, body: { is_current: false, snapshot, download } }
}
