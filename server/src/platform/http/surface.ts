import type { z } from 'zod'
import type { CorsPolicy, HeaderMap } from './cors.ts'
import type { RequestFacts } from './request-facts.ts'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One route as data; the contract's routes have this shape. `A` names who may call it. */
export interface HttpRoute<A extends string = string> {
  readonly method: HttpMethod
  /** With parameters as `{name}`. */
  readonly path: string
  readonly access: A
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** By status: a schema for JSON, `{json}` for JSON or a document, anything else for a document. */
  readonly reply: Readonly<Record<number, unknown>>
}

type Parsed<R, K extends string> =
  R extends Readonly<Record<K, infer S extends z.ZodType>> ? z.output<S> : undefined

/**
 * What a handler is given. `body` is parsed and checked, unless the route takes the raw body:
 * then it is undefined and `rawBody` holds the bytes (inflated, in memory of its own that may be
 * transferred to a thread). `signal` aborts when the client leaves before the reply.
 */
export interface Call<R, C, Raw extends boolean = boolean> {
  readonly params: Parsed<R, 'params'>
  readonly query: Parsed<R, 'query'>
  readonly body: Raw extends true ? undefined : Parsed<R, 'body'>
  readonly rawBody: Raw extends true ? Buffer<ArrayBuffer> : undefined
  readonly caller: C
  readonly request: RequestFacts
  readonly signal: AbortSignal
}

interface ReplyHead<S> {
  readonly status: S
  readonly headers?: HeaderMap
}

/** Text that is ready to be sent; a list of bytes is sent piece by piece without joining it. */
export type ReadyText = string | Uint8Array | readonly Uint8Array[]

/** A value to be written as JSON, a JSON text that is ready, or a document. */
type JsonReply<S, T> = ReplyHead<S> & ({ readonly body: T } | { readonly json: ReadyText })
export type DocumentReply<S> = ReplyHead<S> & {
  readonly text: ReadyText
  readonly contentType: string
}
/**
 * A document that is made while it is sent: each piece is written as soon as it is there, the next
 * is asked for once the client can take it. The stream tells of its own faults in its own words;
 * what it throws cuts the connection. It is told to stop when the client leaves.
 */
export type StreamReply<S> = ReplyHead<S> & {
  readonly stream: AsyncIterable<string | Uint8Array>
  readonly contentType: string
}
export type AnyReply = JsonReply<number, unknown> | DocumentReply<number> | StreamReply<number>

type ReplyWith<S, T> = T extends z.ZodType
  ? JsonReply<S, z.output<T>>
  : T extends { readonly json: infer J extends z.ZodType }
    ? JsonReply<S, z.output<J>> | DocumentReply<S> | StreamReply<S>
    : DocumentReply<S> | StreamReply<S>

/** The replies that a route's contract allows. */
type ReplyTo<R extends HttpRoute> = {
  [S in keyof R['reply'] & number]: ReplyWith<S, R['reply'][S]>
}[keyof R['reply'] & number]

interface RouteOptions<Raw extends boolean = boolean> {
  /** The handler parses the body itself. */
  readonly rawBody?: Raw
  /** Content types that are taken; JSON unless said otherwise. */
  readonly acceptsType?: (contentType: string | undefined) => boolean
  /** Throws to refuse before the body is read, once the caller is known. */
  readonly admit?: () => void
  /** Instead of the surface's. */
  readonly bodyLimitBytes?: number
  /** Instead of the surface's. */
  readonly cors?: CorsPolicy
  /** Against `answersTrailingSlash`: this path is answered only as it stands. */
  readonly hasNoSlashForm?: boolean
  /** The last parameter ends the path and takes what is left of it, slashes too. */
  readonly takesRestOfPath?: boolean
}

/** A route with its handler, types forgotten. Made by `serving`. */
export interface ServedRoute<C, A extends string = string> {
  readonly route: HttpRoute<A>
  readonly options: RouteOptions
  handle(call: Call<unknown, C>): Promise<AnyReply> | AnyReply
}

/** A refusal as JSON, or as a document in another form. */
export type ErrorReply = (ReplyHead<number> & { readonly body: unknown }) | DocumentReply<number>

/** How a system treats requests that its routes do not quite name. */
export interface SurfaceQuirks {
  /** A path with a slash too many answers 307 to the path without it; else 404. */
  readonly redirectsTrailingSlash?: boolean
  /** Each path is answered with one slash at its end as well. */
  readonly answersTrailingSlash?: boolean
  /** A GET route answers HEAD as well, without the body; else HEAD is a wrong method. */
  readonly answersHead?: boolean
  /** A key of the route's query that is given twice is refused; else its last value counts. */
  readonly refusesRepeatedKeys?: boolean
  /** A path parameter that holds an encoded slash is an unknown path. */
  readonly refusesEncodedSlash?: boolean
  /** The fixed words of a path may be written in any case; parameters stay as they are. */
  readonly ignoresCase?: boolean
  /** OPTIONS on a known path tells its methods to everybody; else it is a wrong method. */
  readonly answersOptions?: boolean
}

/**
 * One system's door: its routes, who a request comes from, and how its errors look.
 * `resolveCaller` throws DomainError `unauthenticated` or `forbidden`. `toErrorReply` gets
 * InputError, DomainError, or anything else, which is a bug and answered without detail.
 */
export interface Surface<C, A extends string = string> {
  readonly name: string
  readonly routes: readonly ServedRoute<C, A>[]
  readonly bodyLimitBytes: number
  readonly cors?: CorsPolicy
  readonly quirks?: SurfaceQuirks
  /** On every reply, refusals too; a reply's own win. */
  readonly headers?: HeaderMap
  resolveCaller(request: RequestFacts, access: A): Promise<C>
  toErrorReply(error: unknown, request: RequestFacts): ErrorReply
}

/** What the app gives a surface whose replies pages may read. */
export interface SurfaceOptions<C, A extends string = string> {
  /** Origins of such pages; none means those of this machine. */
  readonly corsOrigins: readonly string[]
  resolveCaller: Surface<C, A>['resolveCaller']
}

/** `S` only keeps a reply's status from widening to `number`. */
export interface Serve<C, A extends string> {
  <
    const R extends HttpRoute<A>,
    S extends number,
    Out extends ReplyTo<R> & { readonly status: S },
    Raw extends boolean = false,
  >(
    route: R,
    handle: (call: Call<R, C, Raw>) => Promise<Out> | Out,
    options?: RouteOptions<Raw>,
  ): ServedRoute<C, A>
}

/**
 * Gives the function that joins a contract route to its handler, for callers `C` and access
 * words `A`: `const serve = serving<Caller, Access>()`, then `serve(route, handler, options?)`.
 */
export function serving<C, A extends string>(): Serve<C, A> {
  return (route, handle, options = {}) => ({ route, options, handle: forgetTypes(handle) })
}

/** Sound because the mount checks every part of a call by the route's own schemas. */
function forgetTypes<C>(handle: (call: never) => unknown): ServedRoute<C>['handle'] {
  return handle as ServedRoute<C>['handle']
}
