import { hasActiveAdmin, type Uses } from '../identity/index.ts'
import { findEffective } from './save-setting.ts'
import type { SettingSource } from './setting-source.ts'
import type { SettingsContext } from './settings-context.ts'

/**
 * `setup`: nobody has decided yet who may enter. `resource-admin`: logins are asked for, and the
 * first one makes the admin. `ready`: there is an admin, or it was decided that none is needed.
 */
export type AppStatus = 'setup' | 'resource-admin' | 'ready'

export interface AppState {
  readonly status: AppStatus
  /** False only where it was decided to ask for no login. */
  readonly asksForLogins: boolean
  /** Whether the operator decided that where the server is started, so that nothing here can. */
  readonly isFixed: boolean
}

export interface StatusContext extends Uses<'db'>, Pick<SettingsContext, 'settings'> {
  /** Whether people can log in through an issuer. */
  readonly hasIssuer: boolean
}

interface StatusFacts {
  readonly auth: unknown
  readonly source: SettingSource
  readonly hasAdmin: boolean
  readonly hasIssuer: boolean
}

/** What the server is, by what it has; nothing of it is stored. Source: rulings §3. */
export async function appStatus(ctx: StatusContext): Promise<AppState> {
  const { value: auth, source } = findEffective(ctx, 'auth')
  const hasAdmin = await hasActiveAdmin(ctx)
  return planStatus({ auth, source, hasAdmin, hasIssuer: ctx.hasIssuer })
}

export function planStatus({ auth, source, hasAdmin, hasIssuer }: StatusFacts): AppState {
  const isDecided = source !== 'default'
  const isOpen = auth === 'open'
  const state = {
    asksForLogins: !(isOpen && isDecided),
    isFixed: isDecided && source !== 'database',
  }
  if (hasAdmin || (isOpen && isDecided)) return { ...state, status: 'ready' }
  // Where the operator asks for logins and has an issuer, there is nothing left to set up.
  const isAwaited = !isOpen && (source === 'database' || hasIssuer)
  return { ...state, status: isAwaited ? 'resource-admin' : 'setup' }
}
