import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { allow, auditEntry, insertAudit, userIdOf } from '../identity/index.ts'
import { faultDetails, type ModelsAnswer } from './ask-for-models.ts'
import { isBuiltIn } from './built-in.ts'
import { lackOf, openKey, openSecret } from './connection-facts.ts'
import { lockModels, saveConnection, selectConnections } from './connection-store.ts'
import type { StoredConnection } from './connection.ts'
import { providerKeyPurpose } from './key-provider.ts'
import { knownConnection, listSourceOf, type KnownConnection } from './known-connections.ts'
import { connectionNotFound } from './list-connections.ts'
import type { ModelWriteContext } from './model-context.ts'
import { publishChange } from './models-event.ts'
import {
  checkApiKey,
  checkConnectionName,
  planConnection,
  type ConnectionChanges,
} from './plan-connection.ts'
import { keyTaken } from './save-service.ts'
import { toMask, toShown, type ShownConnection } from './shown-connection.ts'

export interface SaveOptions {
  /** Saves it without asking its provider whether it is right. */
  readonly skipsTest?: boolean
  /** Asks its provider about a new key even while it is switched off. */
  readonly testsInactive?: boolean
  /** Refuses models that the provider does not list; asks it in any case. */
  readonly checksModels?: boolean
  /** Refuses to replace a key. */
  readonly isFirstKey?: boolean
}

/** How long a provider is waited for before the save is refused. */
export const testMs = 5_000
const mostConnections = 200

/**
 * Adds a connection, or gives a built-in one a key, an address or a switch for the first time.
 * @throws DomainError `invalid`; `conflict` for a name that is taken; `precondition` when its
 * provider refuses the key or does not answer (details.reason `refused`, `unreachable`).
 */
export async function createConnection(
  ctx: ModelWriteContext,
  name: string,
  changes: ConnectionChanges,
  options: SaveOptions = {},
): Promise<ShownConnection> {
  allow(ctx.caller, 'models:manage')
  checkConnectionName(name)
  return save(ctx, { name, changes, options, isNew: true })
}

/**
 * Changes a connection; what is left out stays as it is.
 * @throws DomainError as `createConnection`, and `not-found`.
 */
export async function updateConnection(
  ctx: ModelWriteContext,
  name: string,
  changes: ConnectionChanges,
  options: SaveOptions = {},
): Promise<ShownConnection> {
  allow(ctx.caller, 'models:manage')
  return save(ctx, { name, changes, options, isNew: false })
}

interface Saving {
  readonly name: string
  readonly changes: ConnectionChanges
  readonly options: SaveOptions
  readonly isNew: boolean
}

async function save(ctx: ModelWriteContext, saving: Saving): Promise<ShownConnection> {
  const { name, changes, options } = saving
  const before = await ctx.db.read(selectConnections)
  const sealedSecret = sealNewKey(ctx, saving, before)
  const draft = plan(ctx, saving, { rows: before, sealedSecret })
  if (isToBeTested(draft, options)) await test(ctx, draft.after, options)
  const target = { kind: 'connection', id: name }
  const saved = await ctx.db.write(async (tx) => {
    await lockModels(tx)
    const { before: known, after } = plan(ctx, saving, {
      rows: await selectConnections(tx),
      sealedSecret,
    })
    const action = known?.stored ? 'update' : 'create'
    if (after.stored) await saveConnection(tx, after.stored)
    await insertAudit(tx, [auditEntry(ctx, target, action, toNoted(changes, sealedSecret))])
    publishChange(tx)
    return after
  })
  return toShown(saved, ctx)
}

interface Draft {
  readonly before: KnownConnection | undefined
  readonly after: KnownConnection
}

interface State {
  readonly rows: readonly StoredConnection[]
  readonly sealedSecret: string | null | undefined
}

/** What will be stored, and what it then comes to; decided again when it is saved. */
function plan(ctx: ModelWriteContext, saving: Saving, { rows, sealedSecret }: State): Draft {
  const { name, changes, isNew, options } = saving
  const { providers } = ctx
  const stored = rows.find((row) => row.name === name)
  if (isNew && stored) throw new DomainError('conflict', `There is a connection ${name} already`)
  if (!isNew && !stored && !isBuiltIn(name)) throw connectionNotFound(name)
  if (options.isFirstKey === true && (stored?.sealedSecret ?? null) !== null) throw keyTaken(name)
  if (!stored && rows.length >= mostConnections) {
    throw new DomainError('conflict', `There are ${mostConnections} connections already`)
  }
  const row = planConnection({
    newId: ctx.ids.uuid(),
    name,
    stored,
    changes,
    sealedSecret,
    guardsBaseUrls: providers.guardsBaseUrls,
    createdBy: userIdOf(ctx.caller),
    at: ctx.clock.nowSeconds(),
  })
  refusePrefixOfAnother(row, rows)
  const before = knownConnection(name, new Map(stored && [[name, stored]]), providers)
  const after = knownConnection(name, new Map([[name, row]]), providers)
  if (!after) throw connectionNotFound(name)
  refuseToCarryKeyAway(ctx, { before, after }, sealedSecret)
  return { before, after }
}

function refusePrefixOfAnother(row: StoredConnection, rows: readonly StoredConnection[]): void {
  const other = rows.find(({ name, prefix }) => name !== row.name && prefix === row.prefix)
  if (!other || row.prefix === null) return
  throw new DomainError('conflict', `The models of ${other.name} have the prefix ${row.prefix}`, {
    details: { param: 'prefix', code: 'db_error-prefix_exists', prefix: row.prefix },
  })
}

/**
 * Whoever may name addresses could otherwise have a key that others gave, or will give, sent to an
 * address of their own: that takes the power over the keys themselves. The environment may hide a
 * stored address, or give a built-in connection its key, until the server's next start.
 */
function refuseToCarryKeyAway(
  { caller }: ModelWriteContext,
  { before, after: { facts, stored } }: Draft,
  sealedSecret: string | null | undefined,
): void {
  const isSame = before?.facts.baseUrl === facts.baseUrl
  if (isSame && (before?.stored?.baseUrl ?? null) === (stored?.baseUrl ?? null)) return
  const isOwnKey = facts.keySource === 'stored' && typeof sealedSecret === 'string'
  const isOfNobodyElse = facts.keySource === null || isOwnKey
  if (isOfNobodyElse && !(facts.isBuiltIn && facts.needsKey)) return
  allow(caller, 'settings:manage')
}

/** Undefined leaves the key as it is. */
function sealNewKey(
  { vault, providers }: ModelWriteContext,
  { name, changes: { apiKey } }: Saving,
  rows: readonly StoredConnection[],
): string | null | undefined {
  if (apiKey === undefined || apiKey === null) return apiKey
  const stored = rows.find((row) => row.name === name)
  const known = knownConnection(name, new Map(stored && [[name, stored]]), providers)
  const keys = [
    openSecret(stored, vault),
    known ? openKey(known.facts, stored, { vault, providers }) : null,
  ]
  // A page that shows the mask and saves it again means "leave it as it is".
  if (keys.some((key) => key !== null && toMask(key) === apiKey)) return undefined
  checkApiKey(apiKey)
  return vault.seal(apiKey, providerKeyPurpose)
}

function isToBeTested({ before, after }: Draft, options: SaveOptions): boolean {
  const lack = lackOf(after.facts)
  const isAskable = lack === undefined || (lack === 'switched-off' && options.testsInactive)
  if (after.facts.kind === 'local' || !isAskable) return false
  if (options.checksModels === true) return true
  if (options.skipsTest === true) return false
  const wasUsable = before?.stored !== undefined && lackOf(before.facts) === undefined
  const isSameKey = before?.stored?.sealedSecret === after.stored?.sealedSecret
  return !wasUsable || !isSameKey || before.facts.baseUrl !== after.facts.baseUrl
}

async function test(
  ctx: ModelWriteContext,
  known: KnownConnection,
  { checksModels = false }: SaveOptions,
): Promise<void> {
  const source = listSourceOf(known, ctx)
  const answer = await ctx.directory.lists.check(source, ctx.upstream, testMs)
  const { models } = known.facts
  if (answer.status === 'unlisted' && models !== null) return
  if (answer.status !== 'listed') throw notAvailable(known, answer)
  if (checksModels) refuseUnlisted(known, new Set(answer.models.map(({ id }) => id)))
}

function refuseUnlisted({ facts }: KnownConnection, listed: ReadonlySet<string>): void {
  const unknown = facts.models?.filter((model) => !listed.has(model)) ?? []
  if (unknown.length === 0) return
  const message = `${facts.label} has no model ${unknown.slice(0, 5).join(', ')}`
  throw new DomainError('invalid', message, {
    details: {
      param: 'models',
      code: 'api_model_service_error-model_not_found_at_provider',
      models: unknown,
    },
  })
}

function notAvailable(
  { facts: { name, label } }: KnownConnection,
  answer: Exclude<ModelsAnswer, { status: 'listed' }>,
): DomainError {
  const reason = answer.status === 'refused' ? 'refused' : 'unreachable'
  return new DomainError('precondition', `${label} is not available: ${answer.reason}`, {
    details: { reason, provider: name, ...faultDetails(answer) },
  })
}

function toNoted(
  { apiKey: _apiKey, ...said }: ConnectionChanges,
  sealedSecret: string | null | undefined,
): Readonly<Record<string, unknown>> {
  const apiKey = sealedSecret === null ? null : '(secret)'
  return { ...withoutUndefined(said), ...(sealedSecret !== undefined && { apiKey }) }
}
