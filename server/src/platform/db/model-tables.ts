import type { Generated } from 'kysely'

/** Tables of model files; for columns' conventions see `Schema`. */

/** What a GGUF file says of itself, so that it is read once. */
export interface ModelMetadataTable {
  repo: string
  filename: string
  snapshot: string
  /** Another size means another file. */
  size_bytes: number | null
  /** JSON. */
  value: string
  created_at: number
}

/** Files that were asked for from a hub. */
export interface DownloadsTable {
  id: string
  repo: string
  filename: string
  /** Branch, tag or commit. */
  revision: string
  /** `pending`, `completed` or `error`. */
  status: string
  error: string | null
  error_code: string | null
  total_bytes: number | null
  downloaded_bytes: Generated<number>
  /** The commit that the revision stood for. */
  snapshot: string | null
  /** JSON of the alias that is to be made of the file. */
  alias: string | null
  /** The run of the server that works on it; null while it waits. */
  process_id: string | null
  created_by: string | null
  created_at: number
  updated_at: number
  started_at: number | null
  archived_at: number | null
}
