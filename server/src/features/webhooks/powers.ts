import type { JobEngine } from '../../platform/jobs/job-engine.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import type { Uses } from '../identity/index.ts'

/** How the server speaks to receivers. */
export interface WebhookRules {
  /** Signs what goes to a destination that has no key of its own; used as UTF-8. */
  readonly signatureKey: string
  /** Asked at each attempt: whether destinations may not lead into private networks. */
  readonly guardsAddresses: boolean
  /** Whether a URL leads to this server, to which its owner's machine need show no key. */
  isOwnAddress(url: string): boolean
}

/** What webhooks need beside the powers of every verb. */
export interface WebhookPowers {
  readonly jobs: JobEngine
  readonly upstream: Upstream
  readonly webhooks: WebhookRules
}

/** What a verb needs that changes destinations. */
export type DestinationContext = Uses<'db' | 'clock' | 'ids' | 'vault' | 'caller'>
