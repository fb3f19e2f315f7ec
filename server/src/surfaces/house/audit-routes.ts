import { toTime } from '../../platform/iso-time.ts'
import type { AuditEntry as WireEntry, AuditQuery } from '@pharos/contract/house/audit.ts'
import { managementRoutes } from '@pharos/contract/house/management-routes.ts'
import {
  exportAudit,
  listAudit,
  type AuditedAct,
  type AuditFilter,
} from '../../features/identity/index.ts'
import { toCsvRow } from '../../platform/csv.ts'
import { serve, type ManagementPowers } from './door.ts'

const usualLimit = 50
/** What was done is for nobody's cache. */
const neverStored = { 'cache-control': 'no-store' }

/** Who did what. Source: rulings §5. */
export function auditRoutes(powers: ManagementPowers) {
  return [
    serve(managementRoutes.listAudit, async ({ query, caller }) => {
      const ctx = { ...powers, caller }
      const { format = 'json' } = query
      if (format !== 'json') {
        return toDocument(exportAudit(ctx, toFilter(query)), format)
      }
      const page = Number(query.page ?? 1)
      const limit = Number(query.limit ?? usualLimit)
      const offset = (page - 1) * limit
      const { acts, total } = await listAudit(ctx, toFilter(query), { limit, offset })
      const totalPages = Math.ceil(total / limit)
      const data = acts.map(toEntry)
      const [hasNext, hasPrev] = [page < totalPages, page > 1]
      const found = { data, total, page, limit, totalPages, hasNext, hasPrev }
      return { status: 200, body: { data: found }, headers: neverStored }
    }),
  ]
}

function toFilter({ actor, action, target, from, to }: AuditQuery): AuditFilter {
  return {
    actor: actor === '' ? undefined : actor,
    action: action === '' ? undefined : action,
    target: target === '' ? undefined : target,
    from: from === undefined ? undefined : secondsOf(from),
    to: to === undefined ? undefined : secondsOf(to) + (isDay(to) ? daySeconds : 0),
  }
}

const daySeconds = 86_400

function isDay(moment: string): boolean {
  return moment.length === '2024-01-31'.length
}

/** A day begins at midnight, UTC. */
function secondsOf(moment: string): number {
  return Date.parse(moment) / 1000
}

function toEntry(act: AuditedAct): WireEntry {
  return {
    id: act.id,
    at: toTime(act.at),
    actor_kind: act.actorKind,
    actor_id: act.actorId,
    actor_name: act.actorName,
    action: act.action,
    target_kind: act.targetKind,
    target_id: act.targetId,
    ip: act.ip,
    request_id: act.requestId,
    changes: { ...act.changes },
  }
}

type Pages = AsyncIterable<readonly AuditedAct[]>

const media = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
} as const

function toDocument(pages: Pages, format: keyof typeof media) {
  const headers = {
    ...neverStored,
    'content-disposition': `attachment; filename="audit.${format}"`,
  }
  const stream = format === 'csv' ? toCsv(pages) : toLines(pages)
  return { status: 200, stream, contentType: media[format], headers } as const
}

async function* toLines(pages: Pages): AsyncGenerator<string> {
  for await (const acts of pages) {
    yield acts.map((act) => `${JSON.stringify(toEntry(act))}\n`).join('')
  }
}

const columns = [
  'at',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'target_kind',
  'target_id',
  'ip',
  'request_id',
  'changes',
  'id',
] as const satisfies readonly (keyof WireEntry)[]

async function* toCsv(pages: Pages): AsyncGenerator<string> {
  yield toCsvRow(columns)
  for await (const acts of pages) {
    const rows = acts.map(toEntry).map((entry) => toCsvRow(columns.map((name) => entry[name])))
    yield rows.join('')
  }
}
