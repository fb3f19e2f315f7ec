import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import { factsOf, lackOf, openConnection, callableAddress, type Lack } from './connection-facts.ts'
import { connectionByName } from './connection-store.ts'
import type { Connection, KeySource } from './connection.ts'
import type { ProviderEnvironment } from './provider-environment.ts'

/** A connection that can be called, or why it cannot; surfaces word the lack each in their way. */
export type FoundConnection =
  | { readonly status: 'ready'; readonly connection: Connection }
  | { readonly status: Lack; readonly name: string; readonly label: string }

/**
 * Finds a connection by name, with the base URL and the key that count at the moment. `stored-only`
 * is Beacon's rule for the providers whose keys Beacon keeps; for all others the environment counts
 * too. Needs `completions:run`.
 * @throws DomainError `invalid`: `Unsupported provider: <name>`; `precondition` for a base URL
 * that is missing or is this server itself.
 */
export async function findConnection(
  ctx: Uses<'db' | 'vault' | 'caller'> & { readonly providers: ProviderEnvironment },
  name: string,
  keySource: KeySource,
): Promise<FoundConnection> {
  allow(ctx.caller, 'completions:run')
  const stored = await ctx.db.run(connectionByName, name)
  const facts = factsOf(name, stored, ctx.providers, keySource)
  if (!facts) throw new DomainError('invalid', `Unsupported provider: ${name}`)
  callableAddress(facts, ctx.providers)
  const lack = lackOf(facts)
  if (lack !== undefined) return { status: lack, name, label: facts.label }
  return { status: 'ready', connection: openConnection(facts, stored, ctx) }
}

/**
 * The connection itself.
 * @throws DomainError `invalid`, with the words of `noKeyMessage` when it has no key.
 */
export function usableConnection(
  found: FoundConnection,
  noKeyMessage: (who: { readonly name: string; readonly label: string }) => string,
): Connection {
  if (found.status === 'ready') return found.connection
  const { status, name, label } = found
  const message =
    status === 'no-key' ? noKeyMessage({ name, label }) : `The provider ${name} is switched off`
  throw new DomainError('invalid', message, { details: { reason: status, provider: name } })
}
