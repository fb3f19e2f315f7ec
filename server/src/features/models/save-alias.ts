import { DomainError } from '../../platform/domain-error.ts'
import { allow } from '../identity/index.ts'
import type { ModelFile } from '../model-files/index.ts'
import type { StoredModels } from './alias-store.ts'
import { checkAliasInput, checkAliasName } from './check-alias.ts'
import { knownConnection } from './known-connections.ts'
import { keepAlias, refuseDiscovered, type SaveContext } from './keep-alias.ts'
import type { AliasInput, RouterAlias } from './model-alias.ts'

/**
 * Adds a name for one or more models.
 * @throws DomainError `invalid`: a value out of its range, a target that is neither an alias, a
 * discovered model nor on a known connection, aliases that lead back to themselves or stand in too
 * long a row; `conflict` for a name that is taken.
 */
export async function createAlias(
  ctx: SaveContext,
  name: string,
  input: AliasInput,
): Promise<RouterAlias> {
  allow(ctx.caller, 'models:manage')
  checkAliasName(name)
  await refuseDiscovered(ctx.library, name)
  return save(ctx, { name, input, isNew: true })
}

/** Replaces all that an alias says. Throws DomainError as `createAlias`, and `not-found`. */
export async function updateAlias(
  ctx: SaveContext,
  name: string,
  input: AliasInput,
): Promise<RouterAlias> {
  allow(ctx.caller, 'models:manage')
  return save(ctx, { name, input, isNew: false })
}

interface Saving {
  readonly name: string
  readonly input: AliasInput
  readonly isNew: boolean
}

async function save(ctx: SaveContext, { name, input, isNew }: Saving): Promise<RouterAlias> {
  checkAliasInput(input)
  const discovered = await ctx.library.discovered()
  const { targets, requestParams, options } = input
  return keepAlias(ctx, {
    name,
    isNew,
    make: (identity, stored) => {
      for (const { model } of targets) {
        if (model !== name) checkPlace(model, { ctx, stored, discovered })
      }
      return { ...identity, kind: 'router', targets, requestParams, options }
    },
  })
}

interface Places {
  readonly ctx: SaveContext
  readonly stored: StoredModels
  readonly discovered: ReadonlyMap<string, ModelFile>
}

function checkPlace(model: string, { ctx, stored, discovered }: Places): void {
  if (stored.aliases.some(({ name }) => name === model) || discovered.has(model)) return
  if (stored.connections.some(({ prefix }) => prefix !== null && model.startsWith(prefix))) return
  const slash = model.indexOf('/')
  const isWhole = slash > 0 && slash < model.length - 1
  const rows = new Map(stored.connections.map((row) => [row.name, row]))
  if (isWhole && knownConnection(model.slice(0, slash), rows, ctx.providers)) return
  const message = `The target ${model} is neither an alias nor connection/model of a known connection`
  throw new DomainError('invalid', message, { details: { param: 'targets' } })
}
