import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import { pagesOf } from '../../platform/http/cors.ts'
import type { Surface, SurfaceOptions } from '../../platform/http/surface.ts'
import { aliasRoutes } from './alias-routes.ts'
import { apiModelRoutes } from './api-model-routes.ts'
import { conversationRoutes } from './conversation-routes.ts'
import { docsRoutes } from './docs-routes.ts'
import type { BodhiPowers } from './door.ts'
import { downloadRoutes } from './download-routes.ts'
import { toErrorReply } from './errors.ts'
import { fileRoutes } from './file-routes.ts'
import { groundRoutes, type GroundPowers } from './ground-routes.ts'
import { loginRoutes, type LoginPowers } from './login-routes.ts'
import { modelRoutes } from './model-routes.ts'
import { routerRoutes } from './router-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { settingRoutes } from './settings-routes.ts'

export interface BodhiSurfaceOptions
  extends BodhiPowers, GroundPowers, LoginPowers, SurfaceOptions<Caller, Access> {
  /** Where people find the server, if that is not where they ask it. */
  readonly publicBaseUrl: string | undefined
}

/** Models, their files, downloads and routers. Source: bodhi contract §1.9 to §1.11, §1.16. */
export function bodhiSurface(options: BodhiSurfaceOptions): Surface<Caller, Access> {
  const { corsOrigins, resolveCaller, publicBaseUrl } = options
  return {
    name: 'bodhi',
    bodyLimitBytes: 1024 * 1024,
    cors: pagesOf(corsOrigins),
    quirks: { answersHead: true },
    resolveCaller,
    toErrorReply,
    routes: [
      ...loginRoutes(options),
      ...groundRoutes(options),
      ...tokenRoutes(options),
      ...modelRoutes(options),
      ...aliasRoutes(options),
      ...fileRoutes(options),
      ...downloadRoutes(options),
      ...apiModelRoutes(options),
      ...routerRoutes(options),
      ...settingRoutes(options),
      ...conversationRoutes(options),
      ...docsRoutes(publicBaseUrl),
    ],
  }
}
