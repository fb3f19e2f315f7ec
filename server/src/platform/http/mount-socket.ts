import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { answerError } from './answer-error.ts'
import { answerUnrouted } from './answer-unrouted.ts'
import { corsHeaders } from './cors.ts'
import { handshakeFault } from './handshake.ts'
import { claimRoute } from './mount-surface.ts'
import type { Http } from './mounted-route.ts'
import { toRouterPath } from './path-template.ts'
import { factsOf, type RequestFacts } from './request-facts.ts'
import { sendText } from './send-reply.ts'
import type { Surface } from './surface.ts'

export interface SocketRoute<C, A extends string = string> {
  readonly path: string
  readonly access: A
  /**
   * A request that cannot become a socket is told why, as 400 in plain text, before anybody asks
   * who sent it; otherwise it is unknown.
   */
  readonly explainsHandshake?: boolean
  /** Must add its message listener at once, or it may miss the first messages. */
  onSocket(socket: WebSocket, opened: { readonly caller: C; readonly request: RequestFacts }): void
}

/**
 * Mounts a WebSocket on a surface. The caller is resolved before the upgrade, so that a refusal
 * is an HTTP status in the surface's words.
 */
export function mountSocket<C, A extends string>(
  http: Http,
  surface: Surface<C, A>,
  route: SocketRoute<C, A>,
): void {
  const { path, access } = route
  const { cors } = surface
  const hasSlashForm = surface.quirks?.answersTrailingSlash === true
  const claimed = { surface, kind: 'socket', method: 'GET', path, access, cors } as const
  claimRoute(http, claimed, { hasSlashForm })
  http.fastify.after(() => {
    for (const form of hasSlashForm ? [path, `${path}/`] : [path]) {
      addSocketRoute(http, surface, route, form)
    }
  })
}

function addSocketRoute<C, A extends string>(
  http: Http,
  surface: Surface<C, A>,
  route: SocketRoute<C, A>,
  form: string,
): void {
  const callers = new WeakMap<FastifyRequest, { readonly caller: C }>()
  http.fastify.route({
    method: 'GET',
    url: toRouterPath(form),
    config: { surface: surface.name, template: route.path, isSocket: true },
    onRequest: async (request, reply) => {
      const fault = route.explainsHandshake === true ? handshakeFault(request) : undefined
      if (fault === undefined && !request.ws) {
        answerUnrouted(http, request, reply)
        return reply
      }
      reply.headers({ ...corsHeaders(surface.cors, request.headers.origin) })
      if (fault !== undefined) {
        sendText(reply, { status: 400, text: fault, contentType: 'text/plain; charset=utf-8' })
        return reply
      }
      try {
        const caller = await surface.resolveCaller(factsOf(request), route.access)
        callers.set(request, { caller })
        return undefined
      } catch (error) {
        answerError(surface, error, request, reply)
        return reply
      }
    },
    handler: (request, reply) => answerUnrouted(http, request, reply),
    wsHandler: (socket, request) => {
      const resolved = callers.get(request)
      if (resolved === undefined) throw new Error('a socket opened without a caller')
      route.onSocket(socket, { caller: resolved.caller, request: factsOf(request) })
    },
  })
}
