import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import type { AliasRequest } from '@pharos/contract/bodhi/file-models.ts'
import type { Caller } from '../../features/identity/index.ts'
import {
  aliasToChange,
  copyAlias,
  createFileAlias,
  createOrFetchAlias,
  deleteAlias,
  findAliasToChange,
  updateFileAlias,
  viewFileAlias,
  viewRouter,
} from '../../features/models/index.ts'
import { nothing, serve, type BodhiPowers } from './door.ts'
import { readAliasChange, readNewAlias } from './read-alias.ts'
import { toDownload } from './wire-files.ts'
import { toModel, toUserAlias } from './wire-models.ts'

/** Names for files. Source: bodhi contract §1.9, §1.16, B.1. */
export function aliasRoutes(powers: BodhiPowers) {
  return [...seedRoutes(powers), ...laterRoutes(powers)]
}

type Context = BodhiPowers & { readonly caller: Caller }

function seedRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.createAlias, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      const alias = await createFileAlias(ctx, readNewAlias(body))
      return { status: 201, body: toUserAlias(await viewFileAlias(ctx, alias)) }
    }),
    serve(bodhiRoutes.updateAlias, async ({ params, body, caller }) => {
      const changed = await change({ ...powers, caller }, params.alias, body)
      return { status: 200, body: changed }
    }),
    serve(bodhiRoutes.deleteAlias, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const known = await findAliasToChange(ctx, params.alias)
      await deleteAlias(ctx, known?.name ?? params.alias)
      return { status: 204, ...nothing }
    }),
    serve(bodhiRoutes.copyAlias, async ({ params, body, caller }) => {
      const copied = await copy({ ...powers, caller }, params.alias, body.alias)
      return { status: 201, body: copied }
    }),
  ]
}

function laterRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.createUserAlias, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      const made = await createOrFetchAlias(ctx, readNewAlias(body))
      if ('download' in made) return { status: 202, body: toDownload(made.download) }
      return { status: 201, body: toUserAlias(await viewFileAlias(ctx, made.alias)) }
    }),
    serve(bodhiRoutes.updateUserAlias, async ({ params, body, caller }) => {
      const changed = await change({ ...powers, caller }, params.id, body)
      return { status: 200, body: changed }
    }),
    serve(bodhiRoutes.deleteUserAlias, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const { name } = await aliasToChange(ctx, 'file', params.id)
      await deleteAlias(ctx, name)
      return { status: 200, ...nothing }
    }),
    serve(bodhiRoutes.copyUserAlias, async ({ params, body, caller }) => {
      const copied = await copy({ ...powers, caller }, params.id, body.alias)
      return { status: 201, body: copied }
    }),
  ]
}

async function change(ctx: Context, idOrName: string, request: AliasRequest) {
  const known = await aliasToChange(ctx, 'file', idOrName)
  const alias = await updateFileAlias(ctx, readAliasChange(request, known))
  return toUserAlias(await viewFileAlias(ctx, alias))
}

async function copy(ctx: Context, source: string, newName: string) {
  const known = await findAliasToChange(ctx, source)
  const alias = await copyAlias(ctx, known?.name ?? source, newName)
  return toModel(
    alias.kind === 'file' ? await viewFileAlias(ctx, alias) : await viewRouter(ctx, alias),
  )
}
