import { DomainError } from '../../platform/domain-error.ts'
import type { CompletionContext } from '../completion/index.ts'
import {
  findConnection,
  providerOfModel,
  usableConnection,
  type Connection,
  type FoundConnection,
  type ModelPlace,
} from '../models/index.ts'

/** A model as somebody asked for it, and where it runs. */
export interface AskedModel {
  /** The name that was asked for; spans and replies are named by it. */
  readonly name: string
  /** The name that the provider knows. */
  readonly model: string
  readonly connection: Connection
}

/**
 * Finds the connection of each model. Only stored keys count: what people try here is not paid
 * with the keys of the operator's environment (beacon contract §5.3).
 * @throws DomainError `invalid` for the first model that nobody knows or whose provider has no key.
 */
export async function findAskedModels(
  ctx: CompletionContext,
  names: readonly string[],
  noKeyMessage: (provider: string, model: string) => string = noKey,
): Promise<AskedModel[]> {
  const known = new Map<string, FoundConnection>()
  const asked: AskedModel[] = []
  for (const name of names) {
    const place = providerOfModel(name)
    if (place === undefined) throw new DomainError('invalid', `Unknown model: ${name}`)
    const { provider, model } = place
    // What runs on this machine is a file of its own for each model.
    const key = provider === 'local' ? name : provider
    const found = known.get(key) ?? (await findPlace(ctx, place, name))
    known.set(key, found)
    const connection = usableConnection(found, (lacking) => noKeyMessage(lacking.name, name))
    asked.push({ name, model, connection })
  }
  return asked
}

/** A word before a slash that is no connection makes the whole an unknown model. */
async function findPlace(
  ctx: CompletionContext,
  place: ModelPlace,
  name: string,
): Promise<FoundConnection> {
  try {
    return await findConnection(ctx, place, 'stored-only')
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'invalid') throw error
    throw new DomainError('invalid', `Unknown model: ${name}`, { cause: error })
  }
}

export async function findAskedModel(
  ctx: CompletionContext,
  name: string,
  noKeyMessage: (provider: string, model: string) => string = noKey,
): Promise<AskedModel> {
  const [asked] = await findAskedModels(ctx, [name], noKeyMessage)
  if (asked === undefined) throw new Error('one name gave no model')
  return asked
}

function noKey(provider: string): string {
  return `No API key configured for ${provider}. Add one in Settings.`
}

/** Where several models are asked, the message names the one that lacks a key. */
export function noKeyNeededBy(provider: string, model: string): string {
  return `No API key configured for ${provider} (needed by ${model}). Add one in Settings.`
}
