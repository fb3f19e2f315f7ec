import type { Uses } from '../../identity/index.ts'
import type { Downloads } from './downloads.ts'

/** What verbs of downloads need beside the powers of every verb. */
export interface DownloadPowers {
  readonly downloads: Downloads
}

export type DownloadContext = Uses<'db' | 'clock' | 'ids' | 'caller'> & DownloadPowers

/** What reading verbs are given. */
export type DownloadReadContext = Uses<'db' | 'caller'> & DownloadPowers
