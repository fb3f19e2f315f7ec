import { DomainError } from '../../platform/domain-error.ts'
import { auditEntry, insertAudit, userIdOf } from '../identity/index.ts'
import { unfitValue } from './refusals.ts'
import type { SettingSpec } from './setting-spec.ts'
import type { SettingsContext } from './settings-context.ts'
import { publishSettings } from './settings-event.ts'
import {
  countSettings,
  dropSetting,
  everybody,
  findSetting,
  keepSetting,
  storeSetting,
} from './store.ts'
import { readValue } from './value-kind.ts'

interface Place {
  readonly spec: SettingSpec
  /** Whose it is; nobody's for one of the whole server. */
  readonly userId: string
  /** Whether it is kept only where nothing is stored yet. */
  readonly isFirst?: boolean
}

/** Names that anybody may make up are bounded, for each user and for the server. */
const mostOfAKind = 200
/** What is longer stands in the audit by its length. */
const longestNoted = 1000

/**
 * Stores a value in the database, leaves its line in the audit and tells every process. What somebody
 * prefers is nobody else's business: the line of a preference holds no value.
 * @throws DomainError `invalid` for a value that does not fit, `conflict` for one name too many
 * and for what is to be the first and is not.
 */
export async function writeSetting(
  ctx: Omit<SettingsContext, 'settings'>,
  { spec, userId, isFirst = false }: Place,
  given: unknown,
): Promise<unknown> {
  const { key } = spec
  const read = readValue(spec.kind, given)
  if (!('value' in read)) throw unfitValue(key, read)
  const value = JSON.stringify(read.value)
  const at = ctx.clock.nowSeconds()
  await ctx.db.write(async (tx) => {
    const before = await findSetting(tx, key, userId)
    const [prefix = key] = /^(?:FEATURE|PREF)_/u.exec(key) ?? []
    const isNewName = prefix !== key && before === undefined
    if (isNewName && (await countSettings(tx, prefix, userId)) >= mostOfAKind) {
      throw new DomainError('conflict', `There are ${mostOfAKind} settings ${prefix}… already`)
    }
    const by = userIdOf(ctx.caller)
    if (!isFirst) await storeSetting(tx, { key, userId, value, by, at })
    else if (!(await keepSetting(tx, { key, value, by, at }))) {
      throw new DomainError('conflict', `The setting ${key} is stored already`)
    }
    const changes = userId === everybody ? { from: noted(before), to: noted(value) } : {}
    await insertAudit(tx, [auditEntry(ctx, { kind: 'setting', id: key }, 'update', changes)])
    if (userId === everybody) publishSettings(tx)
  })
  return read.value
}

/** Takes a value out of the database, where there is one, as `writeSetting` puts it there. */
export async function eraseSetting(
  ctx: Omit<SettingsContext, 'settings'>,
  { spec: { key }, userId }: Place,
): Promise<void> {
  await ctx.db.write(async (tx) => {
    const before = await findSetting(tx, key, userId)
    if (before === undefined) return
    await dropSetting(tx, key, userId)
    const changes = userId === everybody ? { from: noted(before) } : {}
    await insertAudit(tx, [auditEntry(ctx, { kind: 'setting', id: key }, 'delete', changes)])
    if (userId === everybody) publishSettings(tx)
  })
}

function noted(json: string | undefined): unknown {
  if (json === undefined) return null
  return json.length > longestNoted ? `(${json.length} characters)` : JSON.parse(json)
}
