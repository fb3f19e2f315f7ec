import type { ProviderHealth } from '@pharos/contract/hypersigil/providers.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import { acceptsDocuments } from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { listProviderModels, type ModelContext } from '../../features/models/index.ts'
import { serve } from './door.ts'
import { found } from './envelopes.ts'
import { toProviderWord } from './wire-settings.ts'

export interface ProviderPowers extends Omit<ModelContext, 'caller'> {}

/** Where prompts can be run. Source: hypersigil contract §1.7, §5.6. */
export function providerRoutes(powers: ProviderPowers) {
  return [
    serve(hypersigilRoutes.getProvidersHealth, async ({ caller }) =>
      found(Object.fromEntries(await providersOf(powers, caller))),
    ),
    serve(hypersigilRoutes.listExecutionProviders, async ({ caller }) => {
      const providers = await providersOf(powers, caller)
      return found([...providers.keys()])
    }),
    serve(hypersigilRoutes.listExecutionModels, async ({ query, caller }) => {
      const needsFiles = query.supportsFileUpload === 'true'
      const providers = [...(await providersOf(powers, caller))].filter(
        ([, { available, supportsFileUpload }]) => available && (!needsFiles || supportsFileUpload),
      )
      return found(Object.fromEntries(providers.map(([word, { models }]) => [word, models])))
    }),
  ]
}

const aliasWord = 'alias'
/** Words that stand for something else: a connection of that name cannot be asked by it. */
const taken: readonly string[] = ['gemini', aliasWord]

/** By Hypersigil's words. Source: rulings §4. */
async function providersOf(
  powers: ProviderPowers,
  caller: Caller,
): Promise<ReadonlyMap<string, ProviderHealth>> {
  const { providers, aliases } = await listProviderModels({ ...powers, caller })
  const byWord = new Map<string, ProviderHealth>()
  if (aliases.length > 0) {
    byWord.set(aliasWord, { available: true, models: [...aliases], supportsFileUpload: false })
  }
  for (const { name, kind, isAvailable, error, models } of providers) {
    if (taken.includes(name)) continue
    byWord.set(toProviderWord(name), {
      available: isAvailable,
      models: [...models],
      supportsFileUpload: acceptsDocuments(kind),
      ...(error !== undefined && { error }),
    })
  }
  return byWord
}
