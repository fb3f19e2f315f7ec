import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { pagesOf } from '../../platform/http/cors.ts'
import type { Surface, SurfaceOptions } from '../../platform/http/surface.ts'
import { chatRoute } from './chat-route.ts'
import { completionsRoute } from './completions-route.ts'
import type { OpenAiPowers } from './door.ts'
import { embeddingsRoute } from './embeddings-route.ts'
import { toErrorReply } from './errors.ts'
import { modelsRoutes } from './models-route.ts'
import { responsesRoutes } from './responses-routes.ts'

export interface OpenAiSurfaceOptions extends OpenAiPowers, SurfaceOptions<Caller, Access> {}

/** Every model in OpenAI's words. Source: bodhi contract §1.14, OpenAI's API reference. */
export function openAiSurface(options: OpenAiSurfaceOptions): Surface<Caller, Access> {
  return {
    name: 'openai',
    bodyLimitBytes: 64 * 1024 * 1024,
    cors: pagesOf(options.corsOrigins),
    resolveCaller: options.resolveCaller,
    toErrorReply,
    routes: [
      chatRoute(options),
      completionsRoute(options),
      embeddingsRoute(options),
      ...responsesRoutes(options),
      ...modelsRoutes(options),
    ],
  }
}
