import { mayUse, type Uses } from '../identity/index.ts'
import { openKey, openSecret, type ConnectionFacts } from './connection-facts.ts'
import type { KnownConnection } from './known-connections.ts'
import type { ProviderEnvironment } from './provider-environment.ts'

/** A connection as it may be shown: its keys as masks. */
export interface ShownConnection {
  readonly facts: ConnectionFacts
  /** Mask of the key that counts. */
  readonly key: string | null
  /** Mask of the stored key, which does not count while the environment gives one. */
  readonly storedKey: string | null
  readonly isStored: boolean
  /** Unix seconds; null for what nobody changed. */
  readonly createdAt: number | null
  readonly updatedAt: number | null
}

const shortestKey = 12
const hidden = '…'

/** Its last four characters; nothing of a key so short that they would tell too much. */
export function toMask(key: string): string {
  return key.length < shortestKey ? hidden : `${hidden}${key.slice(-4)}`
}

export interface ShowContext extends Uses<'vault' | 'caller'> {
  readonly providers: ProviderEnvironment
}

/** Who may not change connections sees that there is a key, and nothing of it. */
export function toShown({ facts, stored }: KnownConnection, ctx: ShowContext): ShownConnection {
  const show = (key: string | null): string | null => {
    if (key === null) return null
    return mayUse(ctx.caller, 'models:manage') ? toMask(key) : hidden
  }
  return {
    facts,
    key: show(openKey(facts, stored, ctx)),
    storedKey: show(openSecret(stored, ctx.vault)),
    isStored: stored !== undefined,
    createdAt: stored?.createdAt ?? null,
    updatedAt: stored?.updatedAt ?? null,
  }
}
