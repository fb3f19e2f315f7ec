import { secondsOf } from '@pharos/contract/thunder/scalars.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import type { KeyChanges, KeyInfo } from '@pharos/contract/thunder/auth.ts'
import {
  bootstrapAdmin,
  createThunderKey,
  deactivateThunderKey,
  describeCaller,
  listThunderKeys,
  updateThunderKey,
  type ShownThunderKey,
  type ThunderKeyChanges,
} from '../../features/identity/index.ts'
import { serve, type ThunderPowers } from './door.ts'
import { toTs, toTsOrNull } from './timestamps.ts'

/** These paths are answered only without a slash at their end. */
const options = { hasNoSlashForm: true } as const
/** Anybody may send one, and it is parsed before it is known who did. */
const smallBody = { ...options, bodyLimitBytes: 64 * 1024 } as const

/** Who a key is, and the keys themselves. Source: thunder contract §1.5. */
export function authRoutes(powers: ThunderPowers) {
  return [...identityRoutes(powers), ...keyRoutes(powers)]
}

function identityRoutes(powers: ThunderPowers) {
  return [
    serve(
      thunderRoutes.bootstrap,
      async ({ body, caller }) => {
        const { setupTokens } = powers
        const { key, secret } = await bootstrapAdmin(
          { ...powers, caller },
          { ...body, setupTokens },
        )
        const key_prefix = toPrefix(key.prefix)
        const message = 'Keep this key now: it is not shown again'
        return { status: 200, body: { api_key: secret, key_prefix, name: body.name, message } }
      },
      smallBody,
    ),
    serve(
      thunderRoutes.validateKey,
      async ({ caller }) => {
        const { name, label, isAdmin } = await describeCaller({ ...powers, caller })
        const identity = { name, allowed_api_key: label, is_admin: isAdmin }
        const message = 'The API key is valid'
        return { status: 200, body: { valid: true as const, ...identity, message } }
      },
      options,
    ),
    serve(
      thunderRoutes.whoAmI,
      async ({ caller }) => {
        const { name, label, isAdmin } = await describeCaller({ ...powers, caller })
        return { status: 200, body: { name, allowed_api_key: label, is_admin: isAdmin } }
      },
      options,
    ),
  ]
}

function keyRoutes(powers: ThunderPowers) {
  return [
    serve(
      thunderRoutes.listKeys,
      async ({ caller }) => {
        const keys = await listThunderKeys({ ...powers, caller })
        return { status: 200, body: { keys: keys.map(toKeyInfo), total: keys.length } }
      },
      options,
    ),
    serve(
      thunderRoutes.createKey,
      async ({ body, caller }) => {
        const isAdmin = body.is_admin ?? false
        const expires = body.expires_at ?? null
        const { key, label, secret } = await createThunderKey(
          { ...powers, caller },
          {
            name: body.name,
            description: body.description ?? null,
            label: body.allowed_api_key ?? null,
            isAdmin,
            expiresAt: expires === null ? null : secondsOf(expires),
          },
        )
        const shown = { key_prefix: toPrefix(key.prefix), name: key.name, allowed_api_key: label }
        const message = 'Keep this key now: it is not shown again'
        return { status: 200, body: { api_key: secret, ...shown, is_admin: isAdmin, message } }
      },
      options,
    ),
    serve(
      thunderRoutes.updateKey,
      async ({ body, caller }) => {
        await updateThunderKey({ ...powers, caller }, body.id, toChanges(body))
        return { status: 200, body: { id: body.id, message: 'The API key is updated' } }
      },
      options,
    ),
    serve(
      thunderRoutes.deactivateKey,
      async ({ body, caller }) => {
        await deactivateThunderKey({ ...powers, caller }, body.id)
        return { status: 200, body: { id: body.id, message: 'The API key is switched off' } }
      },
      options,
    ),
  ]
}

function toPrefix(prefix: string): string {
  return `${prefix}...`
}

function toChanges({ name, description, allowed_api_key, is_admin }: KeyChanges) {
  const changes: ThunderKeyChanges = {
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
    ...(typeof allowed_api_key === 'string' && { label: allowed_api_key }),
    ...(typeof is_admin === 'boolean' && { isAdmin: is_admin }),
  }
  return changes
}

function toKeyInfo({ key, label, isAdmin }: ShownThunderKey): KeyInfo {
  return {
    id: key.number,
    key_prefix: toPrefix(key.prefix),
    name: key.name,
    description: key.description === '' ? null : key.description,
    allowed_api_key: label,
    is_admin: isAdmin,
    is_active: key.status === 'active',
    created_at: toTs(key.createdAt),
    updated_at: toTs(key.updatedAt),
    last_used_at: toTsOrNull(key.lastUsedAt),
    expires_at: toTsOrNull(key.expiresAt),
  }
}
