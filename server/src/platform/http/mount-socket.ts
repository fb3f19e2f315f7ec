import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { answerError } from './answer-error.ts'
import { answerUnrouted } from './answer-unrouted.ts'
import { claimRoute } from './mount-surface.ts'
import type { Http } from './mounted-route.ts'
import { toRouterPath } from './path-template.ts'
import { factsOf, type RequestFacts } from './request-facts.ts'
import type { Surface } from './surface.ts'

export interface SocketRoute<C, A extends string = string> {
  readonly path: string
  readonly access: A
  /** Must add its message listener at once, or it may miss the first messages. */
  onSocket(socket: WebSocket, opened: { readonly caller: C; readonly request: RequestFacts }): void
}

/**
 * Mounts a WebSocket on a surface. The caller is resolved before the upgrade, so that a refusal
 * is an HTTP status in the surface's words; a plain GET on the path is unknown.
 */
export function mountSocket<C, A extends string>(
  http: Http,
  surface: Surface<C, A>,
  route: SocketRoute<C, A>,
): void {
  const { path, access } = route
  const cors = surface.cors
  claimRoute(http, { surface, kind: 'socket', method: 'GET', path, access, cors })
  const callers = new WeakMap<FastifyRequest, { readonly caller: C }>()
  http.fastify.after(() => {
    http.fastify.route({
      method: 'GET',
      url: toRouterPath(path),
      config: { surface: surface.name, template: path, isSocket: true },
      onRequest: async (request, reply) => {
        if (!request.ws) {
          answerUnrouted(http, request, reply)
          return reply
        }
        try {
          callers.set(request, { caller: await surface.resolveCaller(factsOf(request), access) })
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
  })
}
