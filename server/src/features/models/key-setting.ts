import type { Uses } from '../identity/index.ts'
import { builtInNames } from './built-in.ts'
import type { StoredConnection } from './connection.ts'
import { factsOf, openKey, openSecret, type ConnectionFacts } from './connection-facts.ts'
import type { ProviderEnvironment } from './provider-environment.ts'
import { isService, serviceNames } from './known-services.ts'
import { serviceFacts } from './service-facts.ts'
import { toMask } from './shown-connection.ts'

/** A provider that has a key, as it may be shown: of models, or of a service. */
export interface KeySetting {
  /** Of its connection; the provider's name where only the environment gives the key. */
  readonly id: string
  /** The connection's name. */
  readonly provider: string
  readonly isService: boolean
  /** Mask of the key that counts. */
  readonly key: string
  readonly keySource: 'environment' | 'stored'
  /** Mask of the stored key, which does not count while the environment gives one. */
  readonly storedKey: string | null
  readonly isActive: boolean
  /** Unix seconds; null where nothing is stored. */
  readonly createdAt: number | null
  readonly updatedAt: number | null
}

export interface KeySettingContext extends Uses<'vault' | 'caller'> {
  readonly providers: ProviderEnvironment
}

type Rows = readonly StoredConnection[]

/** Providers that are set up with a key and nothing else, in their order. */
const settableProviders: readonly string[] = [
  ...builtInNames.filter((name) => name !== 'local'),
  ...serviceNames,
]

/** Those that have a key, wherever it comes from. */
export function keySettingsOf(ctx: KeySettingContext, rows: Rows): readonly KeySetting[] {
  return settableProviders.flatMap((provider) => keySettingOf(ctx, provider, rows) ?? [])
}

/** The setting of a provider; undefined where nobody gave it a key. */
export function keySettingOf(
  ctx: KeySettingContext,
  provider: string,
  rows: Rows,
): KeySetting | undefined {
  const { facts, stored } = countingOf(ctx, provider, rows)
  const key = facts ? openKey(facts, stored, ctx) : null
  if (!facts?.keySource || key === null) return undefined
  const storedKey = openSecret(stored, ctx.vault)
  return {
    id: stored?.id ?? provider,
    provider,
    isService: isService(provider),
    key: toMask(key),
    keySource: facts.keySource,
    storedKey: storedKey === null ? null : toMask(storedKey),
    isActive: facts.isActive,
    createdAt: stored?.createdAt ?? null,
    updatedAt: stored?.updatedAt ?? null,
  }
}

interface Counting {
  readonly facts: Pick<ConnectionFacts, 'name' | 'keySource' | 'isActive'> | undefined
  readonly stored: StoredConnection | undefined
}

function countingOf({ providers }: KeySettingContext, provider: string, rows: Rows): Counting {
  const row = rows.find(({ name }) => name === provider)
  if (!isService(provider)) return { facts: factsOf(provider, row, providers), stored: row }
  const facts = serviceFacts(provider, row, providers)
  return { facts, stored: facts.stored }
}
