import { DomainError } from '../../platform/domain-error.ts'
import { allow, type Uses } from '../identity/index.ts'
import type { ModelLibrary } from '../model-files/index.ts'
import { factsOf, lackOf, openConnection, callableAddress, type Lack } from './connection-facts.ts'
import { connectionByName } from './connection-store.ts'
import type { Connection, KeySource } from './connection.ts'
import { findDiscovered, localModel, type LocalModel } from './local-models.ts'
import type { ModelPowers } from './model-context.ts'
import type { ModelPlace } from './provider-of-model.ts'

/** A connection that can be called, or why it cannot; surfaces word the lack each in their way. */
export type FoundConnection =
  | { readonly status: 'ready'; readonly connection: Connection }
  | { readonly status: Lack; readonly name: string; readonly label: string }

/**
 * Finds the connection that a model is run on, with the base URL and the key that count at the
 * moment. `stored-only` is Beacon's rule for the providers whose keys Beacon keeps; for all others
 * the environment counts too. The model matters only to the local engine, which loads it by the name
 * of its file. Needs `completions:run`.
 * @throws DomainError `invalid`: `Unsupported provider: <name>`, or a file that is not there;
 * `precondition` for a base URL that is missing or is this server itself.
 */
export async function findConnection(
  ctx: Uses<'db' | 'vault' | 'caller'> & Pick<ModelPowers, 'providers' | 'library'>,
  { provider: name, model }: ModelPlace,
  keySource: KeySource,
): Promise<FoundConnection> {
  allow(ctx.caller, 'completions:run')
  const stored = await ctx.db.run(connectionByName, name)
  const facts = factsOf(name, stored, ctx.providers, keySource)
  if (!facts) throw new DomainError('invalid', `Unsupported provider: ${name}`)
  callableAddress(facts, ctx.providers)
  const lack = lackOf(facts)
  if (lack !== undefined) return { status: lack, name, label: facts.label }
  const connection = openConnection(facts, stored, ctx)
  if (facts.kind !== 'local') return { status: 'ready', connection }
  const { load } = await mustFindFile(ctx.library, model)
  return { status: 'ready', connection: { ...connection, load } }
}

async function mustFindFile(library: ModelLibrary, model: string): Promise<LocalModel> {
  const file = await findDiscovered(library, model)
  if (file) return localModel(file)
  throw new DomainError('invalid', `Unknown model: ${model}`, {
    details: { reason: 'model_not_found', model },
  })
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
