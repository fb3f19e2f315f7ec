import { DomainError } from '../../platform/domain-error.ts'
import { askService, type ServiceQuestion } from './ask-service.ts'
import { allowWithKey, type Asker, type PlaygroundContext } from './powers.ts'
import { modelServerOf } from './playground-models.ts'

export interface ModUpload {
  readonly model: string
  readonly code: string
  readonly modName: string
}

const timeoutMs = 60_000

/**
 * Makes the asker's key known to the model server, then gives the mod to it. Neither is repeated.
 * Source: thunder contract §6.4.
 */
export async function uploadMod(
  ctx: PlaygroundContext,
  asker: Asker,
  { model, code, modName }: ModUpload,
): Promise<void> {
  const userKey = allowWithKey(ctx, asker)
  const { baseUrl } = modelServerOf(ctx.playground, model)
  const { adminKey } = ctx.playground
  if (adminKey === undefined) {
    const message = 'No key for the model servers is set up'
    throw new DomainError('unavailable', message, { details: { status: 500 } })
  }
  const common = {
    service: 'model server',
    timeoutMs,
    signal: asker.signal,
    secrets: [adminKey, userKey],
  } as const satisfies Partial<ServiceQuestion>
  await askService(ctx, {
    ...common,
    url: `${baseUrl}/add_user`,
    body: { user_api_key: userKey, admin_key: adminKey },
  })
  await askService(ctx, {
    ...common,
    url: `${baseUrl}/v1/mods`,
    headers: { 'x-user-api-key': userKey },
    body: {
      name: modName,
      language: 'python',
      module: 'client_mod',
      entrypoint: modName,
      source: code,
      user_api_key: userKey,
    },
    // It is the asker's own source that is found wanting.
    showsReason: true,
  })
}
