import type { Access } from '@pharos/contract/route.ts'
import type { CompletionPowers } from '../../features/completion/index.ts'
import type { Caller, Uses } from '../../features/identity/index.ts'
import type { DownloadPowers, ModelFilePowers } from '../../features/model-files/index.ts'
import type { LiveSettings } from '../../features/settings/index.ts'
import { serving } from '../../platform/http/surface.ts'

/** What the routes of the Bodhi surface are given beside the caller of each request. */
export interface BodhiPowers
  extends
    Uses<'db' | 'clock' | 'ids' | 'vault'>,
    CompletionPowers,
    ModelFilePowers,
    DownloadPowers {
  readonly settings: LiveSettings
}

export const serve = serving<Caller, Access>()

/** A reply without a body. */
export const nothing = { text: '', contentType: 'text/plain' } as const
