import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import type { ServedRoute, Surface } from '../../platform/http/surface.ts'
import { activationRoutes } from './activation-routes.ts'
import { authRoutes } from './auth-routes.ts'
import { collectionRoutes } from './collection-routes.ts'
import type { ThunderPowers } from './door.ts'
import { toErrorReply } from './errors.ts'
import { ingestRoutes } from './ingest-route.ts'
import { logRoutes } from './log-routes.ts'
import { modRoutes } from './mod-routes.ts'
import { noteRoutes } from './note-routes.ts'
import { shareRoutes } from './share-routes.ts'
import { streamRoutes } from './stream-routes.ts'

export interface ThunderSurfaceOptions extends ThunderPowers {
  resolveCaller: Surface<Caller, Access>['resolveCaller']
}

/** Token-level inference logs, keys, sharing, mods and activations. Source: the thunder contract. */
export function thunderSurface(options: ThunderSurfaceOptions): Surface<Caller, Access> {
  const routes: ServedRoute<Caller, Access>[] = [
    ...logRoutes(options),
    ...streamRoutes(options),
    ...ingestRoutes(options),
    ...authRoutes(options),
    ...modRoutes(options),
    ...noteRoutes(options),
    ...collectionRoutes(options),
    ...shareRoutes(options),
    ...activationRoutes(options),
  ]
  return {
    name: 'thunder',
    bodyLimitBytes: 75 * 1024 * 1024,
    cors: 'everyone',
    quirks: { answersTrailingSlash: true, answersHead: true, refusesRepeatedKeys: true },
    resolveCaller: options.resolveCaller,
    toErrorReply,
    routes,
  }
}
