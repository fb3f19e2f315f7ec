import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { pagesOf } from '../../platform/http/cors.ts'
import type { Surface, SurfaceOptions } from '../../platform/http/surface.ts'
import { callRoutes } from './call-routes.ts'
import type { OllamaPowers } from './door.ts'
import { embedRoutes } from './embed-routes.ts'
import { toErrorReply } from './errors.ts'
import { modelRoutes } from './model-routes.ts'

export interface OllamaSurfaceOptions extends OllamaPowers, SurfaceOptions<Caller, Access> {}

/** Every model in Ollama's words. Source: bodhi contract §1.15, Ollama's API reference. */
export function ollamaSurface(options: OllamaSurfaceOptions): Surface<Caller, Access> {
  const { corsOrigins, resolveCaller } = options
  return {
    name: 'ollama',
    bodyLimitBytes: 64 * 1024 * 1024,
    cors: pagesOf(corsOrigins),
    quirks: { answersHead: true },
    resolveCaller,
    toErrorReply,
    routes: [...callRoutes(options), ...embedRoutes(options), ...modelRoutes(options)],
  }
}
