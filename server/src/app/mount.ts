import type { AccessPolicy } from '../features/identity/index.ts'
import { createHttp } from '../platform/http/http.ts'
import { mountSocket } from '../platform/http/mount-socket.ts'
import { mountSurface } from '../platform/http/mount-surface.ts'
import type { Http } from '../platform/http/mounted-route.ts'
import { networkTest } from '../platform/http/networks.ts'
import { callerResolver } from '../surfaces/beacon/caller.ts'
import { beaconSurface } from '../surfaces/beacon/surface.ts'
import { houseSurface } from '../surfaces/house/surface.ts'
import { otlpSurface } from '../surfaces/otlp/surface.ts'
import type { Context } from './context.ts'
import { version } from './version.ts'

/** Puts every surface on one server. Throws if two of them answer the same requests. */
export function mountAll(context: Context): Http {
  const { config, store, metrics, liveFeed, keyUsage, log } = context
  const http = createHttp({
    logger: log,
    surfaceOfPath: () => 'beacon',
    observe: metrics.observeRequest,
  })
  const access: AccessPolicy = { auth: config.auth, ingestAuth: config.ingestAuth }
  const resolveCaller = callerResolver(context, {
    access,
    peer: {
      allowedHosts: config.allowedHosts,
      corsOrigins: config.corsOrigins.length === 0 ? 'loopback' : config.corsOrigins,
    },
    isTrustedProxy: networkTest(config.trustProxy),
    onKeyUse: (keyId) => keyUsage.note(keyId),
  })
  const beacon = beaconSurface({
    ...context,
    databaseName: store.databaseName,
    corsOrigins: config.corsOrigins,
    resolveCaller,
  })
  mountSurface(http, beacon)
  mountSocket(http, beacon, liveFeed.route())
  mountSurface(http, otlpSurface({ ...context, corsOrigins: config.corsOrigins, resolveCaller }))
  mountSurface(
    http,
    houseSurface({ ...context, version, documentCors: beacon.cors, resolveCaller }),
  )
  return http
}
