import type { Generated } from 'kysely'

/** Tables of models and their files; for columns' conventions see `Schema`. */

export interface ProviderConnectionsTable {
  id: string
  name: string
  kind: string
  base_url: string | null
  /** The key as the vault sealed it. */
  secret: string | null
  is_active: number
  /** JSON list of ids that count instead of what the provider lists. */
  models: string | null
  /** Set while the base URL is one that was chosen over the API while logins were required. */
  is_guarded: Generated<number>
  /** As people call it; the name where there is none. */
  label: string | null
  /** What stands before the models' own ids where they are asked for without the name. */
  prefix: string | null
  /** The dialect in the words of Bodhi's clients, where somebody said it so. */
  api_format: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

/** Names for models; the JSON columns are objects and lists in our own words. */
export interface ModelAliasesTable {
  id: string
  name: string
  /** `router` for names of other models, `file` for names of a file. */
  kind: string
  targets: string
  /** Of a file; null for routers, as are the three after it. */
  repo: string | null
  filename: string | null
  snapshot: string | null
  /** JSON: an object or a list, as it was given. */
  context_params: string | null
  request_params: string
  options: string
  created_by: string | null
  created_at: number
  updated_at: number
}

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
