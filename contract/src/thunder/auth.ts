/** Who a key is, and the keys themselves. Source: thunder contract §1.5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorB, plainText, rejectedBody } from './errors.ts'
import { I64, opt, Ts, TsIn } from './scalars.ts'

const refused = { 401: ErrorB } as const
/** A body that is no JSON is answered in text, one that says the impossible in JSON. */
const badRequest = { json: ErrorB, ...plainText } as const

/** In full for an admin, the first characters and `...` for anybody else. */
const Label = z.string().nullable()

export const CallerIdentity = z
  .object({ name: z.string(), allowed_api_key: Label, is_admin: z.boolean() })
  .meta({ id: 'CallerIdentity' })

export const ValidKey = CallerIdentity.extend({
  valid: z.literal(true),
  message: z.string(),
}).meta({ id: 'ValidKey' })

export const BootstrapInput = z
  .object({ name: z.string(), secret: z.string() })
  .meta({ id: 'BootstrapInput' })

export const BootstrapReply = z
  .object({ api_key: z.string(), key_prefix: z.string(), name: z.string(), message: z.string() })
  .meta({ id: 'BootstrapReply' })

export const KeyInfo = z
  .object({
    id: I64,
    key_prefix: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    allowed_api_key: z.string().nullable(),
    is_admin: z.boolean(),
    is_active: z.boolean(),
    created_at: Ts,
    updated_at: Ts,
    last_used_at: Ts.nullable(),
    expires_at: Ts.nullable(),
  })
  .meta({ id: 'KeyInfo' })
export type KeyInfo = z.infer<typeof KeyInfo>

export const KeyList = z.object({ keys: z.array(KeyInfo), total: z.int() }).meta({ id: 'KeyList' })

export const KeyInput = z
  .object({
    name: z.string(),
    description: opt(z.string()),
    allowed_api_key: opt(z.string()),
    is_admin: z.boolean().optional(),
    expires_at: opt(TsIn),
  })
  .meta({ id: 'KeyInput' })

export const CreatedKey = z
  .object({
    api_key: z.string().meta({ description: 'The whole key, shown only here' }),
    key_prefix: z.string(),
    name: z.string(),
    allowed_api_key: z.string().nullable(),
    is_admin: z.boolean(),
    message: z.string(),
  })
  .meta({ id: 'CreatedKey' })

/** Absent and null leave a field as it is; an empty `allowed_api_key` clears it. */
export const KeyChanges = z
  .object({
    id: I64,
    name: opt(z.string()),
    description: opt(z.string()),
    allowed_api_key: opt(z.string()),
    is_admin: opt(z.boolean()),
  })
  .meta({ id: 'KeyChanges' })
export type KeyChanges = z.infer<typeof KeyChanges>

export const KeyReference = z.object({ id: I64 }).meta({ id: 'KeyReference' })

export const ChangedKey = z.object({ id: I64, message: z.string() }).meta({ id: 'ChangedKey' })

export const bootstrap = defineRoute({
  method: 'POST',
  path: '/auth/bootstrap',
  summary: 'Make the first admin key, for whoever knows the bootstrap secret',
  ref: 'thunder §1.3 POST /auth/bootstrap',
  access: 'public',
  body: BootstrapInput,
  reply: {
    200: BootstrapReply,
    400: badRequest,
    403: ErrorB,
    409: ErrorB,
    ...refused,
    ...rejectedBody,
  },
})

export const validateKey = defineRoute({
  method: 'GET',
  path: '/auth/validate',
  summary: 'Tell whether the key is good',
  ref: 'thunder §1.3 GET /auth/validate',
  access: 'logs:read',
  reply: { 200: ValidKey, ...refused },
})

export const whoAmI = defineRoute({
  method: 'GET',
  path: '/auth/me',
  summary: 'Tell who the key is',
  ref: 'thunder §1.3 GET /auth/me',
  access: 'logs:read',
  reply: { 200: CallerIdentity, ...refused },
})

export const listKeys = defineRoute({
  method: 'GET',
  path: '/auth/keys',
  summary: 'List all keys, the newest first',
  ref: 'thunder §1.3 GET /auth/keys',
  access: 'keys:manage',
  reply: { 200: KeyList, ...refused },
})

export const createKey = defineRoute({
  method: 'POST',
  path: '/auth/keys',
  summary: 'Make a key',
  ref: 'thunder §1.3 POST /auth/keys',
  access: 'keys:manage',
  body: KeyInput,
  reply: { 200: CreatedKey, 400: badRequest, ...refused, ...rejectedBody },
})

export const updateKey = defineRoute({
  method: 'PUT',
  path: '/auth/keys',
  summary: 'Change a key',
  ref: 'thunder §1.3 PUT /auth/keys',
  access: 'keys:manage',
  body: KeyChanges,
  reply: { 200: ChangedKey, 400: badRequest, ...refused, ...rejectedBody },
})

export const deactivateKey = defineRoute({
  method: 'DELETE',
  path: '/auth/keys',
  summary: 'Switch a key off',
  ref: 'thunder §1.3 DELETE /auth/keys',
  access: 'keys:manage',
  body: KeyReference,
  reply: { 200: ChangedKey, 400: badRequest, ...refused, ...rejectedBody },
})
