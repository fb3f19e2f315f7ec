import type { Vault } from '../../platform/secrets/vault.ts'
import { builtInNames } from './built-in.ts'
import {
  environmentKeyOf,
  factsOf,
  lackOf,
  openConnection,
  type ConnectionFacts,
} from './connection-facts.ts'
import type { StoredConnection } from './connection.ts'
import type { ListSource } from './model-lists.ts'
import type { ProviderEnvironment } from './provider-environment.ts'

/** A connection as it counts, beside what is stored of it. */
export interface KnownConnection {
  readonly facts: ConnectionFacts
  readonly stored: StoredConnection | undefined
}

type Rows = ReadonlyMap<string, StoredConnection>

/** All that there are: the built-in ones in their order, then those that people added. */
export function knownConnections(
  rows: Rows,
  environment: ProviderEnvironment,
): readonly KnownConnection[] {
  const added = [...rows.keys()].filter((name) => !builtInNames.some((known) => known === name))
  return [...builtInNames, ...added].flatMap(
    (name) => knownConnection(name, rows, environment) ?? [],
  )
}

export function knownConnection(
  name: string,
  rows: Rows,
  environment: ProviderEnvironment,
): KnownConnection | undefined {
  const stored = rows.get(name)
  const facts = factsOf(name, stored, environment)
  return facts && { facts, stored }
}

/** Whether its provider is to be asked for its models. */
export function isAsked({ facts }: KnownConnection): boolean {
  return facts.kind !== 'local' && facts.models === null && lackOf(facts) === undefined
}

interface Keys {
  readonly vault: Vault
  readonly providers: ProviderEnvironment
}

/** What its list is asked and kept by. */
export function listSourceOf({ facts, stored }: KnownConnection, keys: Keys): ListSource {
  const { name, kind, baseUrl, keySource, isGuarded } = facts
  const key =
    keySource === 'environment' ? environmentKeyOf(name, keys.providers) : stored?.sealedSecret
  return {
    name,
    identity: JSON.stringify([kind, baseUrl, keySource, keySource && key, isGuarded]),
    open: () => openConnection(facts, stored, keys),
  }
}
