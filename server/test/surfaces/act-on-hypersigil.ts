import type { Context } from '../../src/app/context.ts'
import type { JsonObject } from '../../src/platform/json.ts'
import { actOnData } from './act-on-data.ts'
import { actOnDeployments } from './act-on-deployments.ts'
import { actOnJobs } from './act-on-jobs.ts'
import { actOnPrompts } from './act-on-prompts.ts'
import { actOnSettings } from './act-on-settings.ts'

interface Ask {
  readonly names?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Plays every route of prompts and of what is made of them that leaves a line in the audit. */
export async function actOnHypersigil(
  act: (route: string, ask?: Ask) => Promise<JsonObject>,
  context: Context,
  apiKey: string,
): Promise<void> {
  await actOnPrompts(act, context)
  await actOnDeployments(act, context)
  await actOnJobs(act, context.db)
  await actOnData(act, context.db)
  await actOnSettings(act, apiKey)
}
