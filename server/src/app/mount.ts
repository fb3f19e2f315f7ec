import type { CallerRules } from '../features/identity/index.ts'
import type { CanonicalPolicy } from '../platform/http/canonical-url.ts'
import { createHttp } from '../platform/http/http.ts'
import { mountSocket } from '../platform/http/mount-socket.ts'
import { mountSurface } from '../platform/http/mount-surface.ts'
import type { Http } from '../platform/http/mounted-route.ts'
import { networkTest } from '../platform/http/networks.ts'
import { calledHost, peerReader } from '../platform/http/peer.ts'
import { anthropicSurface } from '../surfaces/anthropic/surface.ts'
import { callerResolver } from '../surfaces/beacon/caller.ts'
import { beaconSurface } from '../surfaces/beacon/surface.ts'
import { bodhiSurface } from '../surfaces/bodhi/surface.ts'
import { houseSurface } from '../surfaces/house/surface.ts'
import { hypersigilSurface } from '../surfaces/hypersigil/surface.ts'
import { ollamaSurface } from '../surfaces/ollama/surface.ts'
import { openAiSurface } from '../surfaces/openai/surface.ts'
import { otlpSurface } from '../surfaces/otlp/surface.ts'
import { thunderCallerResolver } from '../surfaces/thunder/caller.ts'
import { streamCallerResolver } from '../surfaces/thunder/stream-routes.ts'
import { thunderSurface } from '../surfaces/thunder/surface.ts'
import { activationServices } from './activation-services.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import { version } from './version.ts'

/** Puts every surface on one server. Throws if two of them answer the same requests. */
export function mountAll(context: Context): Http {
  const { config, settings, store, metrics, liveFeed, logStream, keyUsage, sessionUse, log } =
    context
  const http = createHttp({
    logger: log,
    surfaceOfPath: nameOfSurface,
    observe: metrics.observeRequest,
    canonical: canonicalPolicy(config),
  })
  const describePeer = peerReader({
    allowedHosts: config.allowedHosts,
    corsOrigins: config.corsOrigins.length === 0 ? 'loopback' : config.corsOrigins,
    isTrustedProxy: networkTest(config.trustProxy),
  })
  const rules: CallerRules = {
    access: () => ({ auth: settings.value('auth'), ingestAuth: config.ingestAuth }),
    describePeer,
    onKeyUse: (keyId, ip) => keyUsage.note(keyId, ip),
    onSessionUse: (session) => sessionUse.note(session),
  }
  const resolveCaller = callerResolver(context, rules)
  const beacon = beaconSurface({
    ...context,
    databaseName: store.databaseName,
    corsOrigins: config.corsOrigins,
    resolveCaller,
  })
  mountSurface(http, beacon)
  mountSocket(http, beacon, liveFeed.route())
  const setupTokens = [config.bootstrapSecret, config.setupToken].filter(
    (token) => token !== undefined,
  )
  const resolveThunderCaller = thunderCallerResolver(context, rules)
  const thunder = thunderSurface({
    ...context,
    setupTokens,
    clientAddress: (request) => describePeer(request).ip ?? 'unknown',
    publicBaseUrl: config.publicBaseUrl,
    activationServices: activationServices(config),
    resolveCaller: resolveThunderCaller,
  })
  mountSurface(http, thunder)
  const resolveStreamCaller = streamCallerResolver(context, resolveThunderCaller)
  mountSocket(http, { ...thunder, resolveCaller: resolveStreamCaller }, logStream.route())
  mountGateway(http, context, rules)
  const { corsOrigins, publicBaseUrl } = config
  const hasIssuer = config.oidcIssuer !== undefined
  const ground = { version, setupTokens, hasIssuer, publicBaseUrl, describePeer }
  mountSurface(http, bodhiSurface({ ...context, ...ground, corsOrigins, resolveCaller }))
  mountSurface(http, hypersigilSurface({ ...context, ...ground, resolveCaller }))
  mountSurface(http, otlpSurface({ ...context, corsOrigins: config.corsOrigins, resolveCaller }))
  mountSurface(
    http,
    houseSurface({ ...context, version, documentCors: beacon.cors, resolveCaller }),
  )
  return http
}

function canonicalPolicy(config: Config): CanonicalPolicy | undefined {
  const { publicBaseUrl, canonicalRedirect, trustProxy } = config
  if (publicBaseUrl === undefined || !canonicalRedirect) return undefined
  const isTrustedProxy = networkTest(trustProxy)
  const hostOf: CanonicalPolicy['hostOf'] = (facts) =>
    calledHost(facts, isTrustedProxy(facts.peerAddress ?? ''))
  return { publicUrl: publicBaseUrl, hostOf }
}

/** Every model in the words of three dialects. */
function mountGateway(http: Http, context: Context, rules: CallerRules): void {
  const resolveCaller = callerResolver(context, rules, { ignoresUnknownKeys: true })
  const options = { ...context, corsOrigins: context.config.corsOrigins, resolveCaller }
  mountSurface(http, openAiSurface(options))
  mountSurface(http, anthropicSurface(options))
  mountSurface(http, ollamaSurface(options))
}

/** In whose words an unknown path is answered, the longest prefix first. Source: rulings §5. */
const surfaceOfPrefix: readonly (readonly [RegExp, string])[] = [
  [/^\/+(?:bodhi|app|api-docs|swagger-ui)\b/u, 'bodhi'],
  [/^\/+api\/(?:v1|health|json-schema)\b/iu, 'hypersigil'],
  [/^\/+api\b/u, 'ollama'],
  [/^\/+(?:v1\/messages|anthropic)\b/u, 'anthropic'],
  [/^\/+v1\/(?:chat|completions|embeddings|models|responses)\b/u, 'openai'],
  [/^\/+(?:v1|ws|docs|redoc|openapi)\b/u, 'beacon'],
]

function nameOfSurface(path: string): string {
  return surfaceOfPrefix.find(([prefix]) => prefix.test(path))?.[1] ?? 'thunder'
}
