import { actorIdOf, type Caller } from './caller.ts'
import type { Uses } from './uses.ts'

/** One line of who did what to what. A secret appears in `changes` as `(secret)`. */
export interface AuditEntry {
  readonly id: string
  readonly at: number
  readonly actorKind: Caller['kind']
  readonly actorId: string | null
  readonly action: string
  readonly targetKind: string
  readonly targetId: string
  /** Where the request came from; null for what started by itself. */
  readonly ip: string | null
  readonly requestId: string | null
  readonly changes: Readonly<Record<string, unknown>>
}

export interface AuditTarget {
  readonly kind: string
  readonly id: string
}

/** The line that a verb leaves, in its own transaction, for what it did. */
export function auditEntry(
  ctx: Uses<'clock' | 'ids' | 'caller'>,
  target: AuditTarget,
  action: 'create' | 'update' | 'delete' | 'revoke' | 'reset' | 'login' | 'login.failed' | 'logout',
  changes: Readonly<Record<string, unknown>>,
): AuditEntry {
  return {
    id: ctx.ids.uuid(),
    at: ctx.clock.nowSeconds(),
    actorKind: ctx.caller.kind,
    actorId: actorIdOf(ctx.caller),
    action: `${target.kind}.${action}`,
    targetKind: target.kind,
    targetId: target.id,
    ip: ctx.caller.from?.ip ?? null,
    requestId: ctx.caller.from?.requestId ?? null,
    changes,
  }
}
