import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  cancelJob,
  createJobSchedule,
  deleteJobSchedule,
  getJob,
  jobStats,
  listJobLogs,
  listJobs,
  listJobSchedules,
  retryJob,
  triggerJob,
  updateJobSchedule,
  type JobContext,
  type JobOrder,
} from '../../features/jobs/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'
import { serve, written } from './door.ts'
import { askedPage, created, found, nothing, toPage } from './envelopes.ts'
import { jobWriter, toRhythm, toWireJob, toWireSchedule } from './wire-jobs.ts'

export interface JobRoutePowers extends Omit<JobContext, 'caller'> {}

/** Background jobs. Source: hypersigil contract §1.14, rulings §5. */
export function jobRoutes(powers: JobRoutePowers) {
  return [...readingRoutes(powers), ...changingRoutes(powers), ...scheduleRoutes(powers)]
}

const columns = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  scheduledAt: 'scheduled_at',
  startedAt: 'started_at',
  completedAt: 'completed_at',
} as const satisfies Record<string, JobOrder>

function readingRoutes(powers: JobRoutePowers) {
  return [
    serve(hypersigilRoutes.listJobs, async ({ query, caller }) => {
      const { status, jobName: type, search, orderBy = 'created_at', orderDirection } = query
      const asked = askedPage(query)
      const { jobs, total } = await listJobs(
        { ...powers, caller },
        {
          status,
          type,
          search,
          orderBy: columns[orderBy],
          direction: orderDirection === 'ASC' ? 'asc' : 'desc',
          limit: asked.limit,
          offset: asked.offset,
        },
      )
      return found(toPage(jobs.map(toWireJob), { ...asked, total }))
    }),
    serve(hypersigilRoutes.getJobStats, async ({ caller }) => {
      const { total, byStatus, types, lanes } = await jobStats({ ...powers, caller })
      return found({
        total,
        byStatus,
        types: types.map(({ isKnown, ...type }) => ({ ...type, known: isKnown })),
        lanes: lanes.map(({ bound, ...lane }) => ({ ...lane, ...(bound !== null && { bound }) })),
      })
    }),
    serve(hypersigilRoutes.getJob, async ({ params, caller }) =>
      written(await getJob({ ...powers, caller }, params.id.toLowerCase(), jobWriter)),
    ),
    serve(hypersigilRoutes.listJobLogs, async ({ params, query, caller }) => {
      const asked = askedPage(query)
      const { lines, total } = await listJobLogs(
        { ...powers, caller },
        params.id.toLowerCase(),
        asked,
      )
      const shown = lines.map((line) => ({ ...line, at: toTime(line.at) }))
      return found(toPage(shown, { ...asked, total }))
    }),
  ]
}

function changingRoutes(powers: JobRoutePowers) {
  return [
    serve(hypersigilRoutes.cancelJob, async ({ params, caller }) =>
      found(toWireJob(await cancelJob({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.retryJob, async ({ params, caller }) =>
      found(toWireJob(await retryJob({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.triggerJob, async ({ body, caller }) => {
      await triggerJob({ ...powers, caller }, body.job)
      return created({})
    }),
  ]
}

function scheduleRoutes(powers: JobRoutePowers) {
  return [
    serve(hypersigilRoutes.listJobSchedules, async ({ caller }) =>
      found((await listJobSchedules({ ...powers, caller })).map(toWireSchedule)),
    ),
    serve(hypersigilRoutes.createJobSchedule, async ({ body, caller }) => {
      const { name, type, data = null } = body
      const rhythm = toRhythm(body)
      if (rhythm === undefined) throw oneRhythm()
      const schedule = { name, type, data, rhythm }
      return created(toWireSchedule(await createJobSchedule({ ...powers, caller }, schedule)))
    }),
    serve(hypersigilRoutes.updateJobSchedule, async ({ params, body, caller }) => {
      const rhythm = toRhythm(body)
      if (rhythm === undefined && body.cron !== undefined) throw oneRhythm()
      const changes = withoutUndefined({ isActive: body.active, data: body.data, rhythm })
      const ctx = { ...powers, caller }
      return found(toWireSchedule(await updateJobSchedule(ctx, params.id.toLowerCase(), changes)))
    }),
    serve(hypersigilRoutes.deleteJobSchedule, async ({ params, caller }) => {
      await deleteJobSchedule({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function oneRhythm(): DomainError {
  return new DomainError('invalid', 'Give either everySeconds or cron')
}
