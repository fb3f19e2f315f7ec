import type { Access } from '@pharos/contract/route.ts'
import type { Caller } from '../../features/identity/index.ts'
import type { Surface } from '../../platform/http/surface.ts'
import { analysisRoutes } from './analysis-routes.ts'
import { demoRoutes } from './demo-routes.ts'
import { costRoute } from './cost-route.ts'
import type { BeaconPowers } from './door.ts'
import { toErrorReply } from './errors.ts'
import { exchangeRoutes } from './exchange-routes.ts'
import { healthRoutes } from './health-route.ts'
import { playgroundRoutes } from './playground-routes.ts'
import { replayRoutes } from './replay-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { spanRoutes } from './span-routes.ts'
import { statisticsRoutes } from './statistics-routes.ts'
import { traceRoutes } from './trace-routes.ts'

export interface BeaconSurfaceOptions extends BeaconPowers {
  /** Origins beside the contract's two that the operator lets read replies. */
  readonly corsOrigins: readonly string[]
  resolveCaller: Surface<Caller, Access>['resolveCaller']
}

/** Origins of the stock page. Source: beacon contract §1.0 "CORS". */
const stockOrigins = ['http://localhost:5173', 'http://localhost:7474']

/** Agent traces and spans. Source: the beacon contract. */
export function beaconSurface(options: BeaconSurfaceOptions): Surface<Caller, Access> {
  return {
    name: 'beacon',
    bodyLimitBytes: 64 * 1024 * 1024,
    cors: { origins: [...stockOrigins, ...options.corsOrigins], maxAgeSeconds: 600 },
    quirks: { redirectsTrailingSlash: true, refusesEncodedSlash: true },
    resolveCaller: options.resolveCaller,
    toErrorReply,
    routes: [
      ...healthRoutes(options),
      ...spanRoutes(options),
      costRoute(options),
      ...traceRoutes(options),
      ...exchangeRoutes(options),
      ...replayRoutes(options),
      ...analysisRoutes(options),
      ...settingsRoutes(options),
      ...playgroundRoutes(options),
      ...demoRoutes(options),
      ...statisticsRoutes(options),
    ],
  }
}
