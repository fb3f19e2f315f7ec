import type { LaggedFrame, NewLogFrame } from '@pharos/contract/thunder/stream.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import { isAdmin, ownerShownTo, type ListedLog } from '../../features/inference-logs/index.ts'
import { toLogSummary } from './wire-log.ts'

/** One log for sockets. There is a form for admins and one for all others, each made once. */
export interface LogFrame {
  readonly log: ListedLog
  bytesFor(caller: Caller): Buffer
}

export function logFrame(ctx: Uses<'vault'>, log: ListedLog): LogFrame {
  const forms = new Map<boolean, Buffer>()
  return {
    log,
    bytesFor(caller) {
      const isForAdmin = isAdmin(caller)
      const bytes = forms.get(isForAdmin) ?? newLog(log, ownerShownTo({ ...ctx, caller }, log))
      forms.set(isForAdmin, bytes)
      return bytes
    },
  }
}

function newLog(log: ListedLog, userApiKey: string | null): Buffer {
  const frame: NewLogFrame = { type: 'new_log', data: toLogSummary(log, userApiKey) }
  return Buffer.from(JSON.stringify(frame))
}

export function laggedText(missed: number): string {
  const frame: LaggedFrame = { type: 'lagged', missed }
  return JSON.stringify(frame)
}
