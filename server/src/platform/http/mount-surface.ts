import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { DomainError } from '../domain-error.ts'
import { answerError } from './answer-error.ts'
import { answerUnrouted } from './answer-unrouted.ts'
import { corsHeaders } from './cors.ts'
import { InputError } from './input-error.ts'
import type { Http, MountedRoute } from './mounted-route.ts'
import { isJsonMediaType } from './parse-json.ts'
import { namedParams, signatureOf, toPattern, toRouterPath } from './path-template.ts'
import { readBody, type HeldBody } from './read-body.ts'
import { checkPart, readJson } from './read-json.ts'
import { factsOf, searchOf, type RequestFacts } from './request-facts.ts'
import { sendReply } from './send-reply.ts'
import { sendStream } from './send-stream.ts'
import type { Call, ServedRoute, Surface } from './surface.ts'

function refuseRepeated(schema: z.ZodType | undefined, { raw }: FastifyRequest): void {
  const search = searchOf(raw.url ?? '')
  if (search === '' || !(schema instanceof z.ZodObject)) return
  const given = new URLSearchParams(search)
  const issues = Object.keys(schema.shape)
    .filter((key) => given.getAll(key).length > 1)
    .map((key) => ({ code: 'custom' as const, path: [key], message: 'is given twice' }))
  if (issues.length === 0) return
  throw new InputError({ kind: 'schema', part: 'query', issues, input: search })
}

function checkJsonBody(schema: z.ZodType | undefined, bytes: Buffer): unknown {
  if (schema === undefined) return undefined
  const isLeftOut = bytes.length === 0 && schema.safeParse(undefined).success
  return isLeftOut ? undefined : readJson(schema, bytes)
}

const nothing: HeldBody = { bytes: Buffer.alloc(0), [Symbol.dispose]: () => {} }

/** Adding a listener costs; most handlers never look at the signal. */
function lazySignal(request: FastifyRequest, reply: FastifyReply): () => AbortSignal {
  let controller: AbortController | undefined
  return () => {
    if (controller !== undefined) return controller.signal
    const made = new AbortController()
    const leave = (): void => {
      if (reply.raw.writableFinished) return
      made.abort(new DomainError('cancelled', 'The client went away'))
    }
    if (request.raw.socket.destroyed) leave()
    else reply.raw.once('close', leave)
    controller = made
    return made.signal
  }
}

/** One route at work: who asks, what is asked, the handler, the reply. */
class RouteMount<C, A extends string> {
  readonly #http: Http
  readonly #surface: Surface<C, A>
  readonly #served: ServedRoute<C, A>

  constructor(http: Http, surface: Surface<C, A>, served: ServedRoute<C, A>) {
    this.#http = http
    this.#surface = surface
    this.#served = served
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.#isOtherPath(request)) {
      answerUnrouted(this.#http, request, reply)
      return reply
    }
    const cors = this.#served.options.cors ?? this.#surface.cors
    reply.headers({ ...this.#surface.headers, ...corsHeaders(cors, request.headers.origin) })
    try {
      await this.#serve(request, reply)
    } catch (error) {
      answerError(this.#surface, error, request, reply)
    }
    return reply
  }

  /** NOTE: the router lets a parameter be empty and decodes `%2F` in it. */
  #isOtherPath(request: FastifyRequest): boolean {
    const isSlashRefused = this.#surface.quirks?.refusesEncodedSlash === true
    return Object.values(this.#params(request)).some(
      (value) => value === '' || (isSlashRefused && value.includes('/')),
    )
  }

  async #serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { route } = this.#served
    const facts = factsOf(request)
    const caller = await this.#surface.resolveCaller(facts, route.access)
    const params = checkPart('params', route.params, this.#params(request))
    if (this.#surface.quirks?.refusesRepeatedKeys === true) refuseRepeated(route.query, request)
    const query = checkPart('query', route.query, facts.query)
    this.#served.options.admit?.()
    using held = await this.#read(request)
    const input = { params, query, caller, request: facts, ...this.#bodyOf(held, facts) }
    const signal = lazySignal(request, reply)
    const call: Call<unknown, C> = {
      ...forHandler(input),
      get signal() {
        return signal()
      },
    }
    const answer = await this.#served.handle(call)
    if ('stream' in answer) await sendStream(reply, answer)
    else sendReply(reply, answer)
  }

  #params(request: FastifyRequest): Record<string, string> {
    return namedParams(this.#served.route.path, pathParams(request))
  }

  async #read(request: FastifyRequest): Promise<HeldBody> {
    const { route, options } = this.#served
    if (route.body === undefined && options.rawBody !== true) return nothing
    return readBody(request.raw, {
      limitBytes: options.bodyLimitBytes ?? this.#surface.bodyLimitBytes,
      budget: this.#http.budget,
      stallMs: this.#http.bodyStallMs,
    })
  }

  #bodyOf(held: HeldBody, facts: RequestFacts): { body: unknown; rawBody: Buffer | undefined } {
    const { route, options } = this.#served
    const accepts = options.acceptsType ?? isJsonMediaType
    const contentType = facts.headers['content-type']
    if (held.bytes.length > 0 && !accepts(contentType)) {
      throw new InputError({ kind: 'content-type', contentType })
    }
    if (options.rawBody === true) return { body: undefined, rawBody: held.bytes }
    return { body: checkJsonBody(route.body, held.bytes), rawBody: undefined }
  }
}

/** The router gives an object of decoded strings, or null where a path has no parameter. */
function pathParams(request: FastifyRequest): Record<string, string> {
  return (request.params ?? {}) as Record<string, string>
}

/** The handler's own types follow from the schemas that its parts were just checked by. */
function forHandler<C>(input: object & { caller: C }): Omit<Call<unknown, C>, 'signal'> {
  return input as Omit<Call<unknown, C>, 'signal'>
}

/** Keeps a route for sweeps and 405s; throws if two routes would answer the same requests. */
export function claimRoute(
  http: Http,
  route: Omit<MountedRoute, 'pattern'>,
  { hasSlashForm = false, takesRest = false } = {},
): void {
  const signature = signatureOf(route.path)
  const rival = http.mounted.find(
    ({ method, path }) => method === route.method && signatureOf(path) === signature,
  )
  if (rival !== undefined) {
    throw new Error(
      `${route.method} ${route.path} of ${route.surface.name} is already answered by ` +
        `${rival.path} of ${rival.surface.name}`,
    )
  }
  http.mounted.push({ ...route, pattern: toPattern(route.path, hasSlashForm, takesRest) })
}

/** Puts a surface's routes on the server. Throws if one of them is taken. */
export function mountSurface<C, A extends string>(http: Http, surface: Surface<C, A>): void {
  for (const served of surface.routes) {
    const { method, path, access } = served.route
    const cors = served.options.cors ?? surface.cors
    const hasSlashForm =
      surface.quirks?.answersTrailingSlash === true && served.options.hasNoSlashForm !== true
    const takesRest = served.options.takesRestOfPath === true
    const claimed = { surface, kind: 'http', method, path, access, cors } as const
    claimRoute(http, claimed, { hasSlashForm, takesRest })
    if (surface.quirks?.ignoresCase === true) http.foldedPaths.add(path)
    const answersHead = method === 'GET' && surface.quirks?.answersHead === true
    const mount = new RouteMount(http, surface, served)
    for (const form of hasSlashForm ? [path, `${path}/`] : [path]) {
      http.fastify.route({
        method: answersHead ? [method, 'HEAD'] : method,
        url: toRouterPath(form, takesRest),
        config: { surface: surface.name, template: path },
        handler: (request, reply) => mount.answer(request, reply),
        // NOTE: only a content type that is no media type at all gets here before the handler.
        errorHandler: (_error, request, reply) => void mount.answer(request, reply),
      })
    }
  }
}

/** Every route and socket, for tests that try each with each caller. */
export function mountedRoutes(
  http: Http,
): { surface: string; kind: 'http' | 'socket'; method: string; path: string; access: string }[] {
  return http.mounted.map(({ surface, kind, method, path, access }) => ({
    surface: surface.name,
    kind,
    method,
    path,
    access,
  }))
}
