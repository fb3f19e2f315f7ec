/** Who did what to what. Source: rulings §1 and §5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { inputRefusals } from './errors.ts'
import { dataOf, Time } from './scalars.ts'

/** One act. Nothing in it is a secret: those appear as `(secret)`. */
export const AuditEntry = z
  .object({
    id: z.string(),
    at: Time,
    actor_kind: z.string().meta({
      description:
        '`session`, `apiKey`, `oauthToken`, `local` (the owner of an open server), `job`, `anonymous`',
    }),
    actor_id: z.string().nullable().meta({ description: 'The id of the person or of the key' }),
    actor_name: z
      .string()
      .nullable()
      .meta({ description: 'What the person or the key is called now; null once it is gone' }),
    action: z.string().meta({ description: 'For example `api-key.revoke`' }),
    target_kind: z.string(),
    target_id: z.string(),
    ip: z.string().nullable(),
    request_id: z
      .string()
      .nullable()
      .meta({ description: 'As replies carry it in `x-request-id`' }),
    changes: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'must be an ISO 8601 date, or a time with its offset',
})
const Count = z.string().regex(/^0*[1-9]\d{0,8}$/, 'must be a whole number from 1')

const AuditQuery = z.strictObject({
  page: Count.optional().meta({ description: 'Default 1' }),
  limit: Count.refine((text) => Number(text) <= 500, 'must be at most 500')
    .optional()
    .meta({ description: 'Default 50, at most 500' }),
  actor: z.string().optional().meta({
    description: 'The id or e-mail of a person, the id of a key, or an `actor_kind`',
  }),
  action: z.string().optional().meta({
    description: 'The whole of it, or its beginning up to a dot: `user` finds `user.delete`',
  }),
  target: z.string().optional().meta({ description: 'A `target_id` or a `target_kind`' }),
  from: moment.optional().meta({ description: 'From this moment, or the beginning of this day' }),
  to: moment
    .optional()
    .meta({ description: 'Before this moment, or to the end of this day (UTC)' }),
  format: z
    .enum(['json', 'jsonl', 'csv'])
    .optional()
    .meta({ description: '`jsonl` and `csv` give all that match, the oldest first' }),
})
export type AuditQuery = z.infer<typeof AuditQuery>

const AuditPage = z
  .object({
    data: z.array(AuditEntry),
    total: z.int().min(0),
    page: z.int().min(1),
    limit: z.int().min(1),
    totalPages: z.int().min(0),
    hasNext: z.boolean(),
    hasPrev: z.boolean(),
  })
  .meta({ id: 'AuditPage' })

export const auditRoutes = {
  listAudit: defineRoute({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'Read who did what, the latest first, or take all of it as a file',
    ref: 'rulings §5',
    access: 'audit:read',
    query: AuditQuery,
    reply: {
      200: { json: dataOf(AuditPage), media: 'text/csv; charset=utf-8' },
      ...inputRefusals,
    },
  }),
} as const
