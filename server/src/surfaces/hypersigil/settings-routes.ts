import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type {
  NewSetting,
  SettingChanges,
  SettingType,
} from '@pharos/contract/hypersigil/settings.ts'
import { mayUse } from '../../features/identity/index.ts'
import {
  createKeySetting,
  deleteKeySetting,
  getKeySetting,
  listKeySettings,
  updateKeySetting,
  type ModelWriteContext,
} from '../../features/models/index.ts'
import {
  createDestination,
  deleteDestination,
  getDestination,
  getDestinationByIdentifier,
  listDestinations,
  updateDestination,
} from '../../features/webhooks/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { serve } from './door.ts'
import { created, found } from './envelopes.ts'
import {
  byAge,
  fromProviderWord,
  isOfType,
  toKeySetting,
  toWebhookSetting,
  type DatedSetting,
} from './wire-settings.ts'

export interface SettingPowers extends Omit<ModelWriteContext, 'caller'> {}

/** Keys of providers, and who is told of executions. Source: hypersigil contract §1.13. */
export function settingRoutes(powers: SettingPowers) {
  return [...readingRoutes(powers), ...changingRoutes(powers)]
}

function readingRoutes(powers: SettingPowers) {
  return [
    serve(hypersigilRoutes.listSettings, async ({ caller }) => {
      const settings = byAge(await allSettings({ ...powers, caller }))
      return found({ settings })
    }),
    serve(hypersigilRoutes.listSettingsOfType, async ({ params: { type }, caller }) => {
      const settings = await settingsOfType({ ...powers, caller }, type)
      return found({ settings: byAge(settings), type })
    }),
    serve(hypersigilRoutes.getSettingByIdentifier, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const { setting } = await settingByIdentifier(ctx, params)
      return found(setting)
    }),
    serve(hypersigilRoutes.getSetting, async ({ params, caller }) => {
      const { setting } = await settingById({ ...powers, caller }, params.id)
      return found(setting)
    }),
  ]
}

function changingRoutes(powers: SettingPowers) {
  return [
    serve(hypersigilRoutes.createSetting, async ({ body, caller }) =>
      created((await createSetting({ ...powers, caller }, body)).setting),
    ),
    serve(hypersigilRoutes.updateSetting, async ({ params, body, caller }) => {
      const ctx = { ...powers, caller }
      const before = await settingById(ctx, params.id)
      if (before.setting.type !== body.type) throw otherType(before.setting.type)
      const { setting } = await changeSetting(ctx, before, body)
      return found(setting)
    }),
    serve(hypersigilRoutes.deleteSetting, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const { setting } = await settingById(ctx, params.id)
      if (setting.type === 'webhook-destination') await deleteDestination(ctx, setting.id)
      else await deleteKeySetting(ctx, setting.id)
      return found({ success: true as const })
    }),
  ]
}

/** Who may not manage webhooks sees the rest. */
async function allSettings(ctx: ModelWriteContext): Promise<readonly DatedSetting[]> {
  const [keys, destinations] = await Promise.all([
    listKeySettings(ctx),
    mayUse(ctx.caller, 'webhooks:manage') ? listDestinations(ctx) : [],
  ])
  return [...keys.map(toKeySetting), ...destinations.map(toWebhookSetting)]
}

async function settingsOfType(
  ctx: ModelWriteContext,
  type: SettingType,
): Promise<readonly DatedSetting[]> {
  if (type === 'webhook-destination') return (await listDestinations(ctx)).map(toWebhookSetting)
  return (await listKeySettings(ctx)).map(toKeySetting).filter(isOfType(type))
}

async function settingById(ctx: ModelWriteContext, id: string): Promise<DatedSetting> {
  const key = await orNothing(getKeySetting(ctx, id))
  if (key) return toKeySetting(key)
  const isReader = mayUse(ctx.caller, 'webhooks:manage')
  const destination = isReader ? await orNothing(getDestination(ctx, id)) : undefined
  if (destination) return toWebhookSetting(destination)
  throw notFound()
}

async function settingByIdentifier(
  ctx: ModelWriteContext,
  { type, identifier }: { readonly type: SettingType; readonly identifier: string },
): Promise<DatedSetting> {
  if (type === 'webhook-destination') {
    return toWebhookSetting(await getDestinationByIdentifier(ctx, identifier))
  }
  const settings = await settingsOfType(ctx, type)
  const known = settings.find(({ setting }) => setting.identifier === identifier)
  if (known) return known
  throw notFound()
}

async function createSetting(
  ctx: ModelWriteContext,
  { type, data }: NewSetting,
): Promise<DatedSetting> {
  if (type === 'webhook-destination') {
    const { active: isActive, ...said } = data
    return toWebhookSetting(await createDestination(ctx, { ...said, isActive }))
  }
  const given = { apiKey: data.api_key, isActive: data.active }
  const provider = fromProviderWord(data.provider)
  return toKeySetting(await probing(createKeySetting(ctx, provider, given)))
}

async function changeSetting(
  ctx: ModelWriteContext,
  { setting: before }: DatedSetting,
  { type, data }: SettingChanges,
): Promise<DatedSetting> {
  if (type === 'webhook-destination') {
    const { active: isActive, ...said } = data
    return toWebhookSetting(await updateDestination(ctx, before.id, { ...said, isActive }))
  }
  const changes = { apiKey: data.api_key, isActive: data.active }
  return toKeySetting(await probing(updateKeySetting(ctx, before.id, changes)))
}

/** A provider that does not take a key is all said in the word for the error. Source: §0.7. */
async function probing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'precondition') throw error
    const reason = error.message.split(' is not available: ').at(-1)
    const details = { label: `Provider not available: ${reason}`, isAllInLabel: true }
    throw new DomainError('precondition', error.message, { details, cause: error })
  }
}

async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not-found') return undefined
    throw error
  }
}

function otherType(type: string): DomainError {
  return new DomainError('invalid', `The setting is of the type ${type} and stays so`)
}

function notFound(): DomainError {
  return new DomainError('not-found', 'There is no such setting')
}
