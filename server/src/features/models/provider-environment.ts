import type { BuiltInName } from './built-in.ts'
import type { ServiceName } from './known-services.ts'

type Named = Readonly<Partial<Record<BuiltInName | ServiceName, string | undefined>>>

/** What the operator's own environment says of providers; it is trusted. */
export interface ProviderEnvironment {
  /** Keys by connection; a missing one was not given. */
  readonly apiKeys: Named
  /** Base URLs by connection, without a slash at the end. */
  readonly baseUrls: Named
  /** Where this server itself listens, for example `http://127.0.0.1:7474`. */
  ownUrls(): readonly string[]
  /**
   * Whether base URLs given over the API must stay out of the server's own network; so it is where
   * logins are required.
   */
  readonly guardsBaseUrls: boolean
}
