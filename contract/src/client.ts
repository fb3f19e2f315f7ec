import type { z } from 'zod'
import type { InputOf, ReplyValue, RouteSpec } from './route.ts'

type Routes = Readonly<Record<string, RouteSpec>>
type Fetch = (input: string, init: RequestInit) => Promise<Response>

/** Optional when every key of it is optional, absent when the route has none. */
type Part<R extends RouteSpec, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? Partial<InputOf<R, K>> extends InputOf<R, K>
    ? { readonly [P in K]?: InputOf<R, K> }
    : { readonly [P in K]: InputOf<R, K> }
  : { readonly [P in K]?: never }

/** What one call sends. */
export type CallInput<R extends RouteSpec> = Part<R, 'params'> &
  Part<R, 'query'> &
  Part<R, 'body'> & {
    readonly signal?: AbortSignal
    readonly headers?: Readonly<Record<string, string>>
  }

/** A reply below 400: one member per status that the route names. */
export type CallResult<R extends RouteSpec> = {
  [S in keyof R['reply'] & number]: `${S}` extends `${1 | 2 | 3}${string}`
    ? { readonly status: S; readonly body: ReplyValue<R['reply'][S]>; readonly headers: Headers }
    : never
}[keyof R['reply'] & number]

export type Call<R extends RouteSpec> =
  object extends CallInput<R>
    ? (input?: CallInput<R>) => Promise<CallResult<R>>
    : (input: CallInput<R>) => Promise<CallResult<R>>

/** One method per route name. */
export type Client<R extends Routes> = { readonly [N in keyof R]: Call<R[N]> }

export interface ClientOptions {
  /** Scheme, host and port, with a path prefix if there is one. */
  readonly baseUrl: string
  readonly fetch?: Fetch
  /** Sent with every call, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The server answered with a status of 400 or more. `body` is parsed JSON, else text. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly body: unknown
  readonly headers: Headers

  constructor(route: RouteSpec, status: number, body: unknown, headers: Headers) {
    super(`${route.method} ${route.path} answered ${status}${sentenceOf(body)}`)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** Our wires put a plain sentence under `detail`, `error` or `message`, if they give one. */
function sentenceOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return ''
  const sentence = Object.entries(body).find(
    ([key, value]) => ['detail', 'error', 'message'].includes(key) && typeof value === 'string',
  )
  return sentence === undefined ? '' : `: ${sentence[1]}`
}

type Values = Readonly<Record<string, unknown>>

interface LooseInput {
  readonly params?: Values
  readonly query?: Values
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

// NOTE: a URL parser folds `.` and `..` segments, even percent-encoded, and an empty one names
// the collection: a call for such an id would silently reach another route.
const unaddressable = new Set(['', '.', '..'])

function fillPath(path: string, params: Values): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = wordOf(params[name])
    if (value === undefined) throw new TypeError(`Path parameter ${name} of ${path} is missing`)
    if (unaddressable.has(value)) throw new TypeError(`No path can name the ${name} '${value}'`)
    return encodeURIComponent(value)
  })
}

function queryText(query: Values): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    const word = wordOf(value)
    if (word !== undefined) search.append(key, word)
  }
  return search.size === 0 ? '' : `?${search.toString()}`
}

/** Paths and queries hold scalars only; null and undefined are left out. */
function wordOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function requestOf(route: RouteSpec, input: LooseInput, options: ClientOptions) {
  const headers = new Headers({ ...options.headers, ...input.headers })
  const init: RequestInit = { method: route.method, headers }
  if (input.body !== undefined) {
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    init.body = JSON.stringify(input.body)
  }
  if (input.signal !== undefined) init.signal = input.signal
  const base = options.baseUrl.replace(/\/+$/, '')
  return {
    url: base + fillPath(route.path, input.params ?? {}) + queryText(input.query ?? {}),
    init,
  }
}

/** JSON where the reply says it is JSON, else its text; a broken JSON body is text as well. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    return text
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function call(route: RouteSpec, input: LooseInput, options: ClientOptions) {
  const { url, init } = requestOf(route, input, options)
  const response = await (options.fetch ?? fetch)(url, init)
  const body = await bodyOf(response)
  if (response.status >= 400) throw new ApiError(route, response.status, body, response.headers)
  return { status: response.status, body, headers: response.headers }
}

/**
 * Makes a client with one method per route: path parameters are percent-encoded, absent query
 * values left out, the body sent as JSON. A method gives `{ status, body, headers }` typed by the
 * route and throws `ApiError` for a status of 400 or more. Replies are trusted, not validated.
 */
export function createClient<const R extends Routes>(routes: R, options: ClientOptions): Client<R> {
  const methods = Object.entries(routes).map(([name, route]) => [
    name,
    (input: LooseInput = {}) => call(route, input, options),
  ])
  return typedClient(Object.fromEntries(methods))
}

/** The methods are made from the route table, which the type system cannot follow. */
function typedClient<R extends Routes>(methods: unknown): Client<R> {
  return methods as Client<R>
}
