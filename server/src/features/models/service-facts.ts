import type { StoredConnection } from './connection.ts'
import type { ProviderEnvironment } from './provider-environment.ts'
import { services, type ServiceName } from './known-services.ts'

/** A service as it counts at the moment, without its key. */
export interface ServiceFacts {
  readonly name: ServiceName
  readonly baseUrl: string
  readonly isActive: boolean
  readonly keySource: 'environment' | 'stored' | null
  /** Its row; a connection of another kind that somebody called so is none. */
  readonly stored: StoredConnection | undefined
}

export function serviceFacts(
  name: ServiceName,
  row: StoredConnection | undefined,
  { apiKeys, baseUrls }: ProviderEnvironment,
): ServiceFacts {
  const { kind, baseUrl } = services[name]
  const stored = row?.kind === kind ? row : undefined
  const ownSource = (stored?.sealedSecret ?? null) === null ? null : 'stored'
  return {
    name,
    baseUrl: baseUrls[name] ?? stored?.baseUrl ?? baseUrl,
    isActive: stored?.isActive ?? true,
    keySource: apiKeys[name] === undefined ? ownSource : 'environment',
    stored,
  }
}
