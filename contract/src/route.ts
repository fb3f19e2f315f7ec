import type { z } from 'zod'
import type { Scope } from './vocabulary.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may call a route:
 * - `public`: anyone who reaches the port;
 * - `ingest`: decided by the ingest-auth setting;
 * - `known`: whoever shows a login or any key, whatever its scopes (the owner of an open server
 *   counts); the verb may ask for more;
 * - a scope such as `models:manage`: a caller that holds it, by a login or an API key;
 * - `session`: a person who is logged in, whatever the role (the owner of an open server counts);
 * - `session:` and a scope, such as `session:settings:manage`: a person who is logged in and whose
 *   role has that scope. An API key is refused with 401 `api_auth_error-missing_auth`, whatever its
 *   scopes. Source: rulings §2, bodhi §3.8.
 */
export type Access = 'public' | 'ingest' | 'known' | Scope | SessionAccess

export type SessionAccess = 'session' | `session:${Scope}`

/** A reply that is not JSON, named by its media type, for example `text/csv; charset=utf-8`. */
export interface MediaReply {
  readonly media: string
}

/** A reply that is JSON unless the caller asked for the other form, which is then a document. */
export interface MixedReply {
  readonly json: z.ZodType
  readonly media: string
}

export type ReplySpec = z.ZodType | MediaReply | MixedReply

/**
 * One HTTP route as data. The server's input types, the client method, the OpenAPI document
 * and the tests are all derived from it. Paths name parameters as `{trace_id}`.
 */
export interface RouteSpec {
  readonly method: Method
  readonly path: string
  readonly summary: string
  /** Where the frozen wire is written down, for example `beacon §1.1-2`. */
  readonly ref?: string
  readonly access: Access
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** A further media type in which the body may come. */
  readonly bodyMedia?: string
  readonly reply: Readonly<Record<number, ReplySpec>>
}

/** Keeps the literal types of a route, so that handlers and clients are typed by it. */
export function defineRoute<const R extends RouteSpec>(route: R): R {
  return route
}

export type InputOf<
  R extends RouteSpec,
  K extends 'params' | 'query' | 'body',
> = R[K] extends z.ZodType ? z.output<R[K]> : undefined

/** The value of one reply: its JSON, or `string` where the reply is a document. */
export type ReplyValue<T> = T extends z.ZodType
  ? z.output<T>
  : T extends { readonly json: infer J extends z.ZodType }
    ? z.output<J> | string
    : string
