import type { Access } from '@pharos/contract/route.ts'
import type { ActivationPowers } from '../../features/activations/index.ts'
import type { CompletionPowers } from '../../features/completion/index.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import type { PlaygroundPowers } from '../../features/mods/index.ts'
import type { RequestFacts } from '../../platform/http/request-facts.ts'
import type { LogPowers } from '../../features/inference-logs/index.ts'
import type { SearchIndex } from '../../features/traces/index.ts'
import { serving } from '../../platform/http/surface.ts'
import type { Workroom } from '../../platform/threads/workroom.ts'

/** What Thunder's routes are given beside the caller of each request. */
export interface ThunderPowers
  extends
    Uses<'db' | 'clock' | 'ids' | 'vault'>,
    Pick<CompletionPowers, 'log'>,
    Omit<PlaygroundPowers, 'log'>,
    Pick<ActivationPowers, 'activationServices'> {
  readonly workroom: Workroom
  readonly logCache: LogPowers['logCache']
  readonly searchIndex: SearchIndex | undefined
  /** What the operator set to let the first admin in; none closes that door. */
  readonly setupTokens: readonly string[]
  /** Where visitors reach the server, for those who do not say so themselves. */
  readonly publicBaseUrl: string | undefined
  /** The address that a request comes from. */
  readonly clientAddress: (request: RequestFacts) => string
}

export const serve = serving<Caller, Access>()
