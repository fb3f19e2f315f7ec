import { managementRoutes } from '@pharos/contract/house/management-routes.ts'
import {
  createAlias,
  createFileAlias,
  deleteAlias,
  getAlias,
  listAliases,
  updateAlias,
  updateFileAlias,
} from '../../features/models/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toFileInput, toInput, toWire } from './alias-wire.ts'
import { serve, type ManagementPowers } from './door.ts'

/** Names for models. Source: rulings §4. */
export function aliasRoutes(powers: ManagementPowers) {
  return [
    serve(managementRoutes.listAliases, async ({ caller }) => {
      const aliases = await listAliases({ ...powers, caller })
      return { status: 200, body: { data: aliases.map(toWire) } }
    }),
    serve(managementRoutes.getAlias, async ({ params, caller }) => {
      const alias = await getAlias({ ...powers, caller }, params.name)
      return { status: 200, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.createAlias, async ({ body, caller }) => {
      const ctx = { ...powers, caller }
      const { name } = body
      const alias =
        body.kind === 'file'
          ? await createFileAlias(ctx, toFileInput(name, body))
          : await createAlias(ctx, name, toInput(body))
      return { status: 201, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.updateAlias, async ({ params, body, caller }) => {
      const { name } = params
      if (body.name !== undefined && body.name !== name) {
        throw new DomainError('invalid', `The alias ${name} cannot be renamed`)
      }
      const ctx = { ...powers, caller }
      const alias =
        body.kind === 'file'
          ? await updateFileAlias(ctx, toFileInput(name, body))
          : await updateAlias(ctx, name, toInput(body))
      return { status: 200, body: { data: toWire(alias) } }
    }),
    serve(managementRoutes.deleteAlias, async ({ params, caller }) => {
      await deleteAlias({ ...powers, caller }, params.name)
      return { status: 200, body: { data: { deleted: params.name } } }
    }),
  ]
}
