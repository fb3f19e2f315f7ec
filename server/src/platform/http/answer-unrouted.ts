import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerError } from './answer-error.ts'
import { answerPreflight, corsHeaders, type CorsPolicy } from './cors.ts'
import { InputError } from './input-error.ts'
import type { Http, MountedRoute, SurfaceFace } from './mounted-route.ts'
import { pathOf, searchOf } from './request-facts.ts'
import { sendText } from './send-reply.ts'

const plain: SurfaceFace = {
  name: 'none',
  toErrorReply: () => ({ status: 404, body: { error: 'Not Found' } }),
}

function routesAt(http: Http, path: string): MountedRoute[] {
  return http.mounted.filter((route) => route.kind === 'http' && route.pattern.test(path))
}

function fallbackFor(http: Http, path: string): SurfaceFace {
  const name = http.surfaceOfPath(path)
  return http.mounted.find((route) => route.surface.name === name)?.surface ?? plain
}

function isPreflight(request: FastifyRequest): boolean {
  const { origin, 'access-control-request-method': method } = request.headers
  return request.method === 'OPTIONS' && origin !== undefined && method !== undefined
}

function policyFor(
  http: Http,
  routes: readonly MountedRoute[],
  request: FastifyRequest,
): CorsPolicy | undefined {
  const wanted = request.headers['access-control-request-method'] ?? request.method
  const route = routes.find(({ method }) => method === wanted) ?? routes[0]
  return route === undefined ? fallbackFor(http, pathOf(request.url)).cors : route.cors
}

function sendPreflight(policy: CorsPolicy, request: FastifyRequest, reply: FastifyReply): void {
  const { status, text, headers } = answerPreflight(policy, {
    origin: request.headers.origin ?? '',
    method: request.headers['access-control-request-method'] ?? '',
    headers: request.headers['access-control-request-headers'],
  })
  sendText(reply, { status, text, headers, contentType: 'text/plain; charset=utf-8' })
}

/** The path without its last slashes, if a surface wants clients sent there. */
function redirectTarget(http: Http, path: string): string | undefined {
  if (path.length < 2 || !path.endsWith('/') || path.startsWith('//')) return undefined
  const target = path.replace(/\/+$/, '')
  const [route] = routesAt(http, target)
  return route?.surface.quirks?.redirectsTrailingSlash === true ? target : undefined
}

function allowedMethods(routes: readonly MountedRoute[]): string[] {
  const methods = routes.flatMap(({ method, surface }) =>
    method === 'GET' && surface.quirks?.answersHead === true ? [method, 'HEAD'] : [method],
  )
  return [...new Set(methods)]
}

/**
 * Answers what no handler takes: a CORS preflight, a wrong method on a known path (405 in the
 * words of the path's surface), a slash too many (307), an unknown path (404 in the words of the
 * surface that the application names for it).
 */
export function answerUnrouted(http: Http, request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request.url)
  const routes = routesAt(http, path)
  const policy = policyFor(http, routes, request)
  const isForEveryone = policy === 'everyone' && request.method === 'OPTIONS'
  if (policy !== undefined && (isForEveryone || isPreflight(request))) {
    sendPreflight(policy, request, reply)
    return
  }
  reply.headers({ ...corsHeaders(policy, request.headers.origin) })
  const target = redirectTarget(http, path)
  if (target !== undefined) {
    const headers = { location: target + searchOf(request.url) }
    sendText(reply, { status: 307, text: '', headers, contentType: 'text/plain' })
    return
  }
  const allow = allowedMethods(routes)
  const [route] = routes
  if (request.method === 'OPTIONS' && route?.surface.quirks?.answersOptions === true) {
    const headers = { ...route.surface.headers, allow: allow.join(', ') }
    sendText(reply, { status: 200, text: allow.join(', '), headers, contentType: 'text/plain' })
    return
  }
  const isWrongMethod = route !== undefined && !allow.some((method) => method === request.method)
  const surface = isWrongMethod ? route.surface : fallbackFor(http, path)
  const problem = isWrongMethod
    ? ({ kind: 'method-not-allowed', allow } as const)
    : ({ kind: 'unknown-path' } as const)
  answerError(surface, new InputError(problem), request, reply)
}
