import { timeOf, type LogListQuery } from '@pharos/contract/thunder/logs.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import {
  deleteLog,
  getLog,
  listLogs,
  listOwners,
  type LogFilter,
} from '../../features/inference-logs/index.ts'
import { serve, type ThunderPowers } from './door.ts'
import { pageOf } from './page.ts'
import { toLogSummary, toLogText, toOwnerList } from './wire-log.ts'

/** Reading and deleting logs. Source: thunder contract §1.6; deleting is an addition. */
export function logRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.listLogs, async ({ caller, query, signal }) => {
      const page = pageOf(query)
      const logs = await listLogs({ ...powers, caller }, toFilter(query), page, signal)
      const data = logs.map((log) => toLogSummary(log, log.owner))
      return { status: 200, body: { data, ...page, returned: data.length } }
    }),
    serve(thunderRoutes.listLogOwners, async ({ caller }) => {
      return { status: 200, body: toOwnerList(await listOwners({ ...powers, caller })) }
    }),
    serve(thunderRoutes.getLog, async ({ caller, params }) => {
      const view = await getLog({ ...powers, caller }, params.request_id)
      return { status: 200, json: toLogText(view) }
    }),
    serve(thunderRoutes.deleteLog, async ({ caller, params: { request_id } }) => {
      await deleteLog({ ...powers, caller }, request_id)
      return { status: 200, body: { request_id, message: 'The log is deleted' } }
    }),
  ]
}

function toFilter(query: LogListQuery): LogFilter {
  const { collection_id: collectionId, api_key: ownerText, q, model, mod, status } = query
  return {
    collectionId: collectionId === undefined ? undefined : Number(collectionId),
    ownerText,
    q,
    model,
    mod,
    status,
    from: query.from === undefined ? undefined : timeOf(query.from),
    to: query.to === undefined ? undefined : timeOf(query.to),
    hasTold: query.source === 'all',
  }
}
