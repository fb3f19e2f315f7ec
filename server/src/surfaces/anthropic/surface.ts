import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { pagesOf } from '../../platform/http/cors.ts'
import type { Surface, SurfaceOptions } from '../../platform/http/surface.ts'
import { countTokensRoutes } from './count-tokens-route.ts'
import type { AnthropicPowers } from './door.ts'
import { toErrorReply } from './errors.ts'
import { messageRoutes } from './messages-route.ts'

export interface AnthropicSurfaceOptions extends AnthropicPowers, SurfaceOptions<Caller, Access> {}

/** Every model in Anthropic's words. Source: Anthropic's API reference. */
export function anthropicSurface(options: AnthropicSurfaceOptions): Surface<Caller, Access> {
  return {
    name: 'anthropic',
    bodyLimitBytes: 64 * 1024 * 1024,
    cors: pagesOf(options.corsOrigins),
    resolveCaller: options.resolveCaller,
    toErrorReply,
    routes: [...messageRoutes(options), ...countTokensRoutes(options)],
  }
}
