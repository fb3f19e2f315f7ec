import { allow, type Uses } from '../../identity/index.ts'
import { forgetProcesses, noteProcess } from './abandoned-store.ts'

const forgottenAfterSeconds = 86_400

/**
 * Says that this process is alive, so that others leave its open spans alone; to be said every few
 * seconds. On SQLite there is no other process.
 */
export async function keepProcess(ctx: Uses<'db' | 'caller'>, processId: string): Promise<void> {
  allow(ctx.caller, 'traces:write')
  if (ctx.db.dialect === 'sqlite') return
  await ctx.db.write(async (tx) => {
    await noteProcess(tx, processId)
    await forgetProcesses(tx, { unseenForSeconds: forgottenAfterSeconds })
  })
}

/** Says that this process ends: what it left open may be closed at once. */
export async function endProcess(ctx: Uses<'db' | 'caller'>, processId: string): Promise<void> {
  allow(ctx.caller, 'traces:write')
  if (ctx.db.dialect === 'sqlite') return
  await ctx.db.write((tx) => forgetProcesses(tx, { processId }))
}
