import type { WriteTx } from '../../platform/db/database.ts'
import { auditEntry, insertAudit } from '../identity/index.ts'
import type { DeploymentContext } from './powers.ts'

interface Change {
  readonly kind: 'deployment' | 'embedding-deployment'
  readonly id: string
  readonly act: 'create' | 'update' | 'delete'
  readonly changes: Readonly<Record<string, unknown>>
}

/** Leaves a line of the audit. */
export async function noteChange(
  tx: WriteTx,
  ctx: DeploymentContext,
  { kind, id, act, changes }: Change,
): Promise<void> {
  await insertAudit(tx, [auditEntry(ctx, { kind, id }, act, changes)])
}
