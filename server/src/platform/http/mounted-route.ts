import type { FastifyInstance } from 'fastify'
import type { BodyBudget } from './body-budget.ts'
import type { CorsPolicy, HeaderMap } from './cors.ts'
import type { FoldedPaths } from './folded-paths.ts'
import type { ErrorReply, HttpMethod, SurfaceQuirks } from './surface.ts'
import type { RequestFacts } from './request-facts.ts'

/** What answering an error takes, whoever calls. */
export interface SurfaceFace {
  readonly name: string
  readonly cors?: CorsPolicy
  readonly quirks?: SurfaceQuirks
  readonly headers?: HeaderMap
  toErrorReply(error: unknown, request: RequestFacts): ErrorReply
}

export interface MountedRoute {
  readonly surface: SurfaceFace
  readonly kind: 'http' | 'socket'
  readonly method: HttpMethod
  readonly path: string
  readonly access: string
  readonly pattern: RegExp
  readonly cors: CorsPolicy | undefined
}

/** The one HTTP server: surfaces are mounted on it, then `listen` opens it. */
export interface Http {
  readonly fastify: FastifyInstance
  readonly mounted: MountedRoute[]
  readonly foldedPaths: FoldedPaths
  readonly budget: BodyBudget
  readonly bodyStallMs: number
  readonly surfaceOfPath: (path: string) => string
}
