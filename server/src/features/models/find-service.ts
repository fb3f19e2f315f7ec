import type { Uses } from '../identity/index.ts'
import { allow } from '../identity/index.ts'
import { openKey, type Lack } from './connection-facts.ts'
import { connectionByName } from './connection-store.ts'
import type { ProviderEnvironment } from './provider-environment.ts'
import { serviceFacts } from './service-facts.ts'
import { services, type ServiceName } from './known-services.ts'

/** A service as it can be called. */
export interface Service {
  readonly name: ServiceName
  readonly label: string
  /** Without a slash at the end, `/v1` included. */
  readonly baseUrl: string
  readonly apiKey: string
}

/** A service that can be called, or why it cannot. */
export type FoundService =
  | { readonly status: 'ready'; readonly service: Service }
  | { readonly status: Lack; readonly name: ServiceName; readonly label: string }

/** A service with the key that counts at the moment. Needs `embeddings:run`. */
export async function findService(
  ctx: Uses<'db' | 'vault' | 'caller'> & { readonly providers: ProviderEnvironment },
  name: ServiceName,
): Promise<FoundService> {
  allow(ctx.caller, 'embeddings:run')
  const stored = await ctx.db.run(connectionByName, name)
  const { label } = services[name]
  const facts = serviceFacts(name, stored, ctx.providers)
  if (!facts.isActive) return { status: 'switched-off', name, label }
  const apiKey = openKey(facts, facts.stored, ctx)
  if (apiKey === null) return { status: 'no-key', name, label }
  return { status: 'ready', service: { name, label, baseUrl: facts.baseUrl, apiKey } }
}
