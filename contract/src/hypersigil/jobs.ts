/** Background jobs. Source: hypersigil contract §1.14, §6, rulings §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import {
  dataOf,
  inputRefusals,
  nothing,
  OrderDirection,
  pageFields,
  pageOf,
  Refusal,
  refusals,
  Time,
  Url,
  Uuid,
} from './route-kit.ts'

const JobStatus = z.enum(['pending', 'running', 'completed', 'failed', 'retrying', 'terminated'])

const WireJob = z
  .object({
    id: z.string(),
    type: z.string(),
    data: z.unknown(),
    status: JobStatus,
    result: z.unknown().optional(),
    error: z.string().optional(),
    terminationReason: z.string().optional(),
    attempts: z.int().meta({ description: 'Those that failed and were followed by another' }),
    maxAttempts: z.int(),
    scheduledAt: Time,
    nextRetryAt: Time.optional(),
    startedAt: Time.optional(),
    completedAt: Time.optional(),
    retryDelayMs: z.number().optional(),
    retryBackoffMultiplier: z.number().optional(),
    maxRetryDelayMs: z.number().optional(),
    lane: z.string().meta({ description: 'Jobs of one lane share a bound of concurrency' }),
    priority: z.int().meta({ description: 'The lower goes first, within its lane' }),
    progress: z.number().min(0).max(1).optional(),
    cancelling: z.literal(true).optional().meta({ description: 'It runs, and was asked to stop' }),
    scheduleId: z.string().optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Job' })
export type WireJob = z.infer<typeof WireJob>

const ByStatus = z.partialRecord(JobStatus, z.int())

const JobStats = z
  .object({
    total: z.int(),
    byStatus: ByStatus,
    types: z.array(
      z.object({
        type: z.string(),
        known: z.boolean().meta({ description: 'Whether this server can run them' }),
        byStatus: ByStatus,
      }),
    ),
    lanes: z
      .array(
        z.object({
          lane: z.string(),
          waiting: z.int(),
          running: z.int(),
          bound: z.int().optional(),
          waitedSeconds: z.number(),
        }),
      )
      .meta({ description: 'Those in which something waits or runs' }),
  })
  .meta({ id: 'JobStats' })

const JobLogLine = z
  .object({
    at: Time,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
  })
  .meta({ id: 'JobLogLine' })

const WireSchedule = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    data: z.unknown(),
    everySeconds: z.int().optional(),
    cron: z.string().optional(),
    active: z.boolean(),
    nextAt: Time,
    lastJobId: z.string().optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'JobSchedule' })
export type WireSchedule = z.infer<typeof WireSchedule>

const rhythm = {
  everySeconds: z.int().min(1).optional(),
  cron: z.string().max(200).optional().meta({
    description: 'Minute, hour, day, month, weekday in UTC; this or `everySeconds`',
  }),
}
const path = '/api/v1/jobs'
const ById = z.object({ id: Uuid })

export const jobRoutes = {
  listJobs: defineRoute({
    method: 'GET',
    path,
    summary: 'List jobs: your own, or all for who manages jobs',
    ref: 'hypersigil §1.14',
    access: 'jobs:read',
    query: z.strictObject({
      ...pageFields,
      status: JobStatus.optional().meta({ description: '`failed` are the dead letters' }),
      jobName: z.string().optional().meta({ description: 'A type' }),
      search: z.string().optional().meta({ description: 'In id, type or data' }),
      orderBy: z
        .enum(['created_at', 'updated_at', 'scheduledAt', 'startedAt', 'completedAt'])
        .optional(),
      orderDirection: OrderDirection.optional(),
    }),
    reply: { 200: pageOf(WireJob), ...inputRefusals },
  }),
  getJobStats: defineRoute({
    method: 'GET',
    path: `${path}/stats`,
    summary: 'Count jobs by type, status and lane',
    ref: 'rulings §5',
    access: 'jobs:read',
    reply: { 200: dataOf(JobStats), ...refusals },
  }),
  listJobSchedules: defineRoute({
    method: 'GET',
    path: `${path}/schedules`,
    summary: 'List what makes jobs again and again',
    ref: 'rulings §5',
    access: 'jobs:manage',
    reply: { 200: dataOf(z.array(WireSchedule)), ...refusals },
  }),
  createJobSchedule: defineRoute({
    method: 'POST',
    path: `${path}/schedules`,
    summary: 'Have jobs made again and again',
    ref: 'rulings §5',
    access: 'jobs:manage',
    body: z.strictObject({
      name: z.string().min(1).max(255),
      type: z.string().max(100),
      data: z.unknown().optional(),
      ...rhythm,
    }),
    reply: { 201: dataOf(WireSchedule), ...inputRefusals, 409: Refusal },
  }),
  updateJobSchedule: defineRoute({
    method: 'PUT',
    path: `${path}/schedules/{id}`,
    summary: 'Change, pause or resume a schedule',
    ref: 'rulings §5',
    access: 'jobs:manage',
    params: ById,
    body: z.strictObject({
      active: z.boolean().optional(),
      data: z.unknown().optional(),
      ...rhythm,
    }),
    reply: { 200: dataOf(WireSchedule), ...inputRefusals, 404: Refusal },
  }),
  deleteJobSchedule: defineRoute({
    method: 'DELETE',
    path: `${path}/schedules/{id}`,
    summary: 'Delete a schedule; its jobs stay',
    ref: 'rulings §5',
    access: 'jobs:manage',
    params: ById,
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
  triggerJob: defineRoute({
    method: 'POST',
    path: `${path}/single/trigger`,
    summary: 'Send a test to a webhook',
    ref: 'hypersigil §1.14',
    access: 'jobs:manage',
    body: z.strictObject({
      job: z.object({ type: z.literal('webhook-delivery'), data: z.object({ url: Url }) }),
    }),
    reply: { 201: dataOf(z.object({})), ...inputRefusals, 404: Refusal },
  }),
  getJob: defineRoute({
    method: 'GET',
    path: `${path}/{id}`,
    summary: 'Read a job',
    ref: 'hypersigil §1.14',
    access: 'jobs:read',
    params: ById,
    reply: { 200: dataOf(WireJob), ...refusals, 404: Refusal },
  }),
  listJobLogs: defineRoute({
    method: 'GET',
    path: `${path}/{id}/logs`,
    summary: 'List what a job said',
    ref: 'rulings §5',
    access: 'jobs:read',
    params: ById,
    query: z.strictObject(pageFields),
    reply: { 200: pageOf(JobLogLine), ...inputRefusals, 404: Refusal },
  }),
  cancelJob: defineRoute({
    method: 'POST',
    path: `${path}/{id}/cancel`,
    summary: 'End a job that waits, stop one that runs',
    ref: 'rulings §5',
    access: 'jobs:manage',
    params: ById,
    reply: { 200: dataOf(WireJob), ...inputRefusals, 404: Refusal },
  }),
  retryJob: defineRoute({
    method: 'POST',
    path: `${path}/{id}/retry`,
    summary: 'Run a job again that failed or was ended',
    ref: 'rulings §5',
    access: 'jobs:manage',
    params: ById,
    reply: { 200: dataOf(WireJob), ...inputRefusals, 404: Refusal },
  }),
} as const
