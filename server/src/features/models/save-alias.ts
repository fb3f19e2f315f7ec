import { DomainError } from '../../platform/domain-error.ts'
import { allow, auditEntry, insertAudit, userIdOf } from '../identity/index.ts'
import { faultOfAliases } from './alias-graph.ts'
import { saveAlias, selectModels, type StoredModels } from './alias-store.ts'
import { checkAliasInput, checkAliasName } from './check-alias.ts'
import { lockModels } from './connection-store.ts'
import { knownConnection } from './known-connections.ts'
import { aliasNotFound } from './list-aliases.ts'
import type { AliasInput, ModelAlias } from './model-alias.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'

type SaveContext = Pick<ModelWriteContext, 'db' | 'clock' | 'ids' | 'caller' | 'providers'>

const mostAliases = 2_000

/**
 * Adds a name for one or more models.
 * @throws DomainError `invalid`: a value out of its range, a target that is neither an alias nor on
 * a known connection, aliases that lead back to themselves or stand in too long a row; `conflict`
 * for a name that is taken.
 */
export async function createAlias(
  ctx: SaveContext,
  name: string,
  input: AliasInput,
): Promise<ModelAlias> {
  allow(ctx.caller, 'models:manage')
  checkAliasName(name)
  return save(ctx, { name, input, isNew: true })
}

/** Replaces all that an alias says. Throws DomainError as `createAlias`, and `not-found`. */
export async function updateAlias(
  ctx: SaveContext,
  name: string,
  input: AliasInput,
): Promise<ModelAlias> {
  allow(ctx.caller, 'models:manage')
  return save(ctx, { name, input, isNew: false })
}

interface Saving {
  readonly name: string
  readonly input: AliasInput
  readonly isNew: boolean
}

async function save(ctx: SaveContext, saving: Saving): Promise<ModelAlias> {
  const { name, input, isNew } = saving
  checkAliasInput(input)
  const target = { kind: 'model-alias', id: name }
  return ctx.db.write(async (tx) => {
    await lockModels(tx)
    const alias = plan(ctx, saving, await selectModels(tx))
    await saveAlias(tx, alias)
    const { targets, requestParams, options } = input
    const changes = { targets, requestParams, options }
    await insertAudit(tx, [auditEntry(ctx, target, isNew ? 'create' : 'update', changes)])
    publishChange(tx)
    return alias
  })
}

function plan(ctx: SaveContext, saving: Saving, { aliases, connections }: StoredModels) {
  const { name, input, isNew } = saving
  const others = aliases.filter((alias) => alias.name !== name)
  const known = aliases.find((alias) => alias.name === name)
  if (isNew && known) throw new DomainError('conflict', `There is an alias ${name} already`)
  if (!isNew && !known) throw aliasNotFound(name)
  if (others.length >= mostAliases) {
    throw new DomainError('conflict', `There are ${mostAliases} aliases already`)
  }
  const names = new Set(aliases.map((alias) => alias.name)).add(name)
  const rows = new Map(connections.map((row) => [row.name, row]))
  for (const { model } of input.targets) {
    if (!names.has(model)) checkPlace(model, (word) => knownConnection(word, rows, ctx.providers))
  }
  const at = ctx.clock.nowSeconds()
  const alias: ModelAlias = {
    id: known?.id ?? ctx.ids.uuid(),
    name,
    kind: 'router',
    ...input,
    createdBy: known ? known.createdBy : userIdOf(ctx.caller),
    createdAt: known?.createdAt ?? at,
    updatedAt: at,
  }
  const fault = faultOfAliases([...others, alias])
  if (fault !== undefined)
    throw new DomainError('invalid', fault, { details: { param: 'targets' } })
  return alias
}

function checkPlace(model: string, find: (name: string) => unknown): void {
  const slash = model.indexOf('/')
  const isWhole = slash > 0 && slash < model.length - 1
  if (isWhole && find(model.slice(0, slash)) !== undefined) return
  const message = `The target ${model} is neither an alias nor connection/model of a known connection`
  throw new DomainError('invalid', message, { details: { param: 'targets' } })
}
