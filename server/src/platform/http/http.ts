import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { BodyBudget } from './body-budget.ts'
import { answerUnrouted } from './answer-unrouted.ts'
import { canonicalUrl, type CanonicalPolicy } from './canonical-url.ts'
import { FoldedPaths } from './folded-paths.ts'
import { sendText } from './send-reply.ts'
import { factsOf, searchOf, withoutSecrets } from './request-facts.ts'
import type { Http } from './mounted-route.ts'

const mebibyte = 1024 * 1024

/** One answered request, for metrics. `route` is the template, or `unrouted`. */
export interface RequestDone {
  readonly surface: string
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
}

export interface HttpOptions {
  readonly logger: FastifyBaseLogger
  /** Memory for all request bodies together. */
  readonly bodyBudgetBytes?: number
  /** How long a request waits for that memory before it is refused. */
  readonly bodyWaitMs?: number
  /** A body that stands still for so long ends the connection. */
  readonly bodyStallMs?: number
  readonly maxSocketPayloadBytes?: number
  /** The name of the surface in whose words an unknown path is answered. */
  readonly surfaceOfPath?: (path: string) => string
  readonly observe?: (done: RequestDone) => void
  /** Sends browsers that call the server by another name to the one that people know. */
  readonly canonical?: CanonicalPolicy | undefined
}

declare module 'fastify' {
  interface FastifyContextConfig {
    surface?: string
    template?: string
    isSocket?: boolean
  }
}

const saneRequestId = /^[\w.:-]{1,128}$/

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID()
}

function createFastify(http: () => Http, logger: FastifyBaseLogger): FastifyInstance {
  return fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    rewriteUrl: ({ url = '/' }) => http().foldedPaths.inTheirCase(url),
    exposeHeadRoutes: false,
    // While stopping, requests that still arrive on open connections are answered, not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    requestTimeout: 300_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 60_000 },
    // The query is read by `factsOf`.
    routerOptions: { maxParamLength: 1024, querystringParser: () => ({}) },
    // A path that cannot be decoded, or with a parameter too long, exists nowhere.
    frameworkErrors: (_error, request, reply) => answerUnrouted(http(), request, reply),
  })
}

function observeRequests(instance: FastifyInstance, observe: HttpOptions['observe']): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const { surface = 'none', template = 'unrouted' } = request.routeOptions.config ?? {}
    const { method } = request
    const status = reply.statusCode
    if (instance.log.level === 'debug' || instance.log.level === 'trace') {
      const url = withoutSecrets(request.url)
      request.log.debug({ method, url, status, ms: reply.elapsedTime }, 'answered')
    }
    const seconds = reply.elapsedTime / 1000
    observe?.({ surface, route: template, method, status, seconds })
    done()
  })
}

function acceptSockets(instance: FastifyInstance, maxPayload: number, http: () => Http): void {
  instance.register(websocket, {
    options: { maxPayload },
    preClose: function closeSockets(done) {
      for (const client of this.websocketServer.clients) client.close(1001, 'server stopping')
      done()
    },
    // A broken frame or a reset is the client's doing; the socket is over either way.
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error }, 'socket failed')
      socket.terminate()
    },
  })
  instance.addHook('onRequest', (request, reply, done) => {
    if (!request.ws || request.routeOptions.config?.isSocket === true) done()
    else answerUnrouted(http(), request, reply)
  })
}

/** NOTE: browsers keep a 301 for good unless they are told to ask again. */
function redirectPages(instance: FastifyInstance, policy: CanonicalPolicy): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const location = canonicalUrl(policy, factsOf(request), searchOf(request.raw.url ?? ''))
    if (location === undefined) {
      done()
      return
    }
    const headers = { location, 'cache-control': 'no-cache', vary: 'Accept' }
    sendText(reply, { status: 301, text: '', contentType: 'text/plain', headers })
  })
}

/**
 * Makes the server; nothing listens yet. Bodies are not read by the framework but by the mount,
 * after the caller is known, because limits, content types and error shapes differ by route.
 */
export function createHttp(options: HttpOptions): Http {
  const instance = createFastify(() => http, options.logger)
  const budget = new BodyBudget({
    maxBytes: options.bodyBudgetBytes ?? 256 * mebibyte,
    maxWaitMs: options.bodyWaitMs ?? 2000,
    maxWaiting: 1024,
  })
  const http: Http = {
    fastify: instance,
    mounted: [],
    foldedPaths: new FoldedPaths(),
    budget,
    bodyStallMs: options.bodyStallMs ?? 30_000,
    surfaceOfPath: options.surfaceOfPath ?? (() => ''),
  }
  instance.removeAllContentTypeParsers()
  instance.addContentTypeParser('*', (_request, _payload, done) => done(null))
  observeRequests(instance, options.observe)
  if (options.canonical !== undefined) redirectPages(instance, options.canonical)
  acceptSockets(instance, options.maxSocketPayloadBytes ?? 16 * mebibyte, () => http)
  instance.setNotFoundHandler((request, reply) => answerUnrouted(http, request, reply))
  instance.setErrorHandler((error, request, reply) => {
    request.log.error({ err: error }, 'request failed outside its handler')
    sendText(reply, { status: 500, text: 'Internal Server Error', contentType: 'text/plain' })
  })
  return http
}
