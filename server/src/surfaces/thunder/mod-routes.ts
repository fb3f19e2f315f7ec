import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import { createPlaygroundKey } from '../../features/identity/index.ts'
import {
  allowPlayground,
  analyzeFeatures,
  CallWindow,
  extractFeatures,
  generatedModName,
  generateMod,
  runInference,
  uploadMod,
  type Asker,
} from '../../features/mods/index.ts'
import type { Call } from '../../platform/http/surface.ts'
import type { Caller } from '../../features/identity/index.ts'
import { serve, type ThunderPowers } from './door.ts'
import { openedRoute } from './playground-access.ts'
import { secretsOf } from './caller.ts'
import { toModConfig } from './wire-mods.ts'

const secondsPerDay = 86_400
const keyDays = 7

type PlaygroundCall = Pick<Call<unknown, Caller>, 'caller' | 'request'> & {
  readonly signal: AbortSignal
}

/** Mods, inference and features in the playground. Source: thunder contract §6. */
export function modRoutes(powers: ThunderPowers) {
  return [...sessionRoutes(powers), ...engineRoutes(powers), ...featureRoutes(powers)]
}

function contextOf(powers: ThunderPowers, { caller, request }: PlaygroundCall) {
  return { ...powers, caller, requestId: request.id }
}

function askerOf({ request, signal }: PlaygroundCall): Asker {
  return { userKey: secretsOf(request)[0], signal }
}

function sessionRoutes(powers: ThunderPowers) {
  const { playground, clock } = powers
  const keysMade = new CallWindow({ calls: 30, perSeconds: 3600 }, clock)
  return [
    serve(
      openedRoute(thunderRoutes.createPlaygroundKey, playground),
      async ({ body, caller, request }) => {
        allowPlayground({ caller, playground })
        keysMade.admit(powers.clientAddress(request))
        const { secret } = await createPlaygroundKey(
          { ...powers, caller },
          {
            sessionId: body.session_id ?? null,
            expiresAt: clock.nowSeconds() + keyDays * secondsPerDay,
            isOpenToAll: playground.isPublic,
          },
        )
        const message = `The key holds for ${keyDays} days; it is not shown again`
        return { status: 200, body: { api_key: secret, message } }
      },
    ),
    serve(openedRoute(thunderRoutes.generateMod, playground), ({ body, caller }) => {
      allowPlayground({ caller, playground })
      const code = generateMod(toModConfig(body.config))
      return { status: 200, body: { code, mod_name: generatedModName } }
    }),
  ]
}

function engineRoutes(powers: ThunderPowers) {
  const { playground } = powers
  return [
    serve(openedRoute(thunderRoutes.uploadMod, playground), async (call) => {
      const { model, code, mod_name } = call.body
      const upload = { model, code, modName: mod_name }
      await uploadMod(contextOf(powers, call), askerOf(call), upload)
      const message = 'The model server has the mod'
      return { status: 200, body: { success: true as const, mod_name, message } }
    }),
    serve(openedRoute(thunderRoutes.runInference, playground), async (call) => {
      const { model, messages, mod_name, max_tokens, temperature } = call.body
      const { text, requestId, raw } = await runInference(contextOf(powers, call), askerOf(call), {
        model,
        messages,
        modName: mod_name ?? null,
        maxTokens: max_tokens ?? null,
        temperature: temperature ?? null,
      })
      return { status: 200, body: { text, request_id: requestId, raw_response: raw } }
    }),
  ]
}

function featureRoutes(powers: ThunderPowers) {
  const { playground, clock } = powers
  const analyses = new CallWindow({ calls: 5, perSeconds: 60 }, clock)
  return [
    serve(openedRoute(thunderRoutes.extractFeatures, playground), async (call) => {
      const { model, tokens, top_k, layer, injection_positions } = call.body
      const found = await extractFeatures(contextOf(powers, call), askerOf(call), {
        model,
        tokens,
        topK: top_k ?? null,
        layer: layer ?? null,
        injectionPositions: injection_positions ?? null,
      })
      const { timeline: feature_timeline, comparisons } = found
      const body = { feature_timeline, ...(comparisons !== null && { comparisons }) }
      return { status: 200, body }
    }),
    serve(openedRoute(thunderRoutes.analyzeFeatures, playground), async (call) => {
      const { model, feature_timeline, injection_positions, context, layer } = call.body
      const ctx = { ...contextOf(powers, call), analyses }
      const { analysis, topFeatures } = await analyzeFeatures(ctx, askerOf(call), {
        model,
        timeline: feature_timeline,
        injectionPositions: injection_positions ?? null,
        context: context ?? null,
        layer: layer ?? null,
      })
      return { status: 200, body: { analysis, top_features: topFeatures } }
    }),
  ]
}
