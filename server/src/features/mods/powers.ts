import { DomainError } from '../../platform/domain-error.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { allow, type Uses } from '../identity/index.ts'
import type { PlaygroundServices } from './playground-models.ts'

/** What verbs of the playground are given beside the caller. */
export interface PlaygroundPowers {
  readonly upstream: Upstream
  readonly playground: PlaygroundServices
  readonly log: { warn(details: object, message: string): void }
}

export interface PlaygroundContext extends PlaygroundPowers, Uses<'caller'> {
  /** Under which the log tells of a failure. */
  readonly requestId: string
}

/** What one asker brings. */
export interface Asker {
  /** The key that came with the request; model servers know users by it. */
  readonly userKey: string | undefined
  /** Aborts when the asker leaves. */
  readonly signal: AbortSignal
}

/**
 * The playground costs money upstream: it needs the scope `completions:run` unless the operator
 * opened it to everybody. Source: house §8.
 */
export function allowPlayground(ctx: Uses<'caller'> & Pick<PlaygroundPowers, 'playground'>): void {
  if (!ctx.playground.isPublic) allow(ctx.caller, 'completions:run')
}

/** Lets nobody pass without a key of their own, the owner of this machine neither. */
export function allowWithKey(ctx: PlaygroundContext, { userKey }: Asker): string {
  allowPlayground(ctx)
  if (userKey !== undefined) return userKey
  throw new DomainError('unauthenticated', 'Send your key in the header X-API-Key')
}
