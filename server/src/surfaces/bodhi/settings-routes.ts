import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  editSetting,
  listPreferences,
  listSettings,
  resetSetting,
} from '../../features/settings/index.ts'
import { conditional } from '../../platform/http/conditional.ts'
import { serve, type BodhiPowers } from './door.ts'
import { toSettingInfo } from './wire-settings.ts'

/** Settings and preferences. Source: bodhi contract §1.13, §5. */
export function settingRoutes(powers: BodhiPowers) {
  return [
    serve(bodhiRoutes.listSettings, async ({ caller, request }) => {
      const settings = await listSettings({ ...powers, caller })
      return conditional(request, settings.map(toSettingInfo))
    }),
    serve(bodhiRoutes.listPreferences, async ({ caller, request }) => {
      const preferences = await listPreferences({ ...powers, caller })
      return conditional(request, preferences.map(toSettingInfo))
    }),
    serve(bodhiRoutes.updateSetting, async ({ params, body, caller }) => {
      const setting = await editSetting({ ...powers, caller }, params.key, body.value)
      return { status: 200, body: toSettingInfo(setting) }
    }),
    serve(bodhiRoutes.deleteSetting, async ({ params, caller }) => {
      const setting = await resetSetting({ ...powers, caller }, params.key)
      return { status: 200, body: toSettingInfo(setting) }
    }),
  ]
}
