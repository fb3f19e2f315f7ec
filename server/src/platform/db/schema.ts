import type { Generated } from 'kysely'
import type {
  ConversationsTable,
  IdentitiesTable,
  InvitationsTable,
  MessagesTable,
  SessionsTable,
  UsersTable,
} from './account-tables.ts'
import type {
  KeyCountersTable,
  ResponseCacheSizeTable,
  ResponseCacheTable,
} from './gateway-tables.ts'
import type {
  DownloadsTable,
  ModelAliasesTable,
  ModelMetadataTable,
  ProviderConnectionsTable,
} from './model-tables.ts'
import type { DeploymentSchema } from './deployment-tables.ts'
import type { JobSchema } from './job-tables.ts'
import type { PromptSchema } from './prompt-tables.ts'

/**
 * Every table of both databases as Kysely sees it. Times are Unix seconds; `*_json` and
 * payloads are JSON text exactly as it is given out; truth values are 0 or 1.
 */
export interface Schema extends DeploymentSchema, JobSchema, PromptSchema {
  traces: TracesTable
  spans: SpansTable
  span_payloads: SpanPayloadsTable
  prompt_versions: PromptVersionsTable
  replay_runs: ReplayRunsTable
  running_spans: RunningSpansTable
  processes: ProcessesTable
  outbox: OutboxTable
  search_changes: SearchChangesTable
  api_keys: ApiKeysTable
  key_counters: KeyCountersTable
  response_cache: ResponseCacheTable
  response_cache_size: ResponseCacheSizeTable
  audit_log: AuditLogTable
  provider_connections: ProviderConnectionsTable
  model_aliases: ModelAliasesTable
  model_metadata: ModelMetadataTable
  downloads: DownloadsTable
  settings: SettingsTable
  users: UsersTable
  identities: IdentitiesTable
  invitations: InvitationsTable
  sessions: SessionsTable
  conversations: ConversationsTable
  messages: MessagesTable
  inference_logs: InferenceLogsTable
  inference_log_payloads: InferenceLogPayloadsTable
  discussions: DiscussionsTable
  collections: CollectionsTable
  collection_requests: CollectionRequestsTable
  share_links: ShareLinksTable
  activation_runs: ActivationRunsTable
  activation_previews: ActivationPreviewsTable
}

export interface TracesTable {
  /** Order of first arrival; breaks ties of `created_at`. */
  seq: number
  trace_id: string
  name: string
  /** The span that gave the name: its start, id, and whether it is a root. */
  name_start: number
  name_span_id: string
  name_is_root: number
  start_time: number
  end_time: number | null
  span_count: number
  error_count: number
  unset_count: number
  status: string
  tags: string
  /** Sum of cost in USD as a double-double: rounded sum and the remainder it lost. */
  total_cost_usd: number
  cost_remainder: number
  total_tokens: number
  /** Characters of JSON in the attributes of its spans. */
  payload_size: number
  sdk_language: string | null
  /** Whose rows these are; null for rows of the whole team. */
  owner_key: string | null
  created_at: number
  /** Set once a mapped model call of it has usage: that may be the usage of calls below it. */
  may_repeat_usage: number
  /** Set while costs or nesting of its spans are still to be worked out. */
  is_unsettled: number
}

export interface SpansTable {
  /** Order of first arrival; also the key of the payload. */
  seq: number
  span_id: string
  trace_id: string
  parent_span_id: string | null
  span_type: string
  name: string
  status: string
  error_message: string | null
  start_time: number
  end_time: number | null
  annotations: string
  sdk_language: string | null
  created_at: number
  /** Read from the attributes at ingest, numeric text included; null when there is none. */
  cost_usd: number | null
  total_tokens: number | null
  input_tokens: number | null
  output_tokens: number | null
  model: string | null
  framework: string | null
  provider: string | null
  /** Shares of input and output. */
  cache_read_tokens: number | null
  cache_write_tokens: number | null
  reasoning_tokens: number | null
  /** Worked out after the commit where the client gave no cost. */
  computed_cost_usd: number | null
  /** How the cost came about, as JSON. */
  price: string | null
  /** Set while a cost is still to be worked out. */
  is_unpriced: number
  /**
   * Version of the rules that derived `span_payloads.mapped`; 0 for OTLP spans in our own words,
   * null for spans that did not come by OTLP.
   */
  mapping_version: number | null
  /** Unset for a span whose usage is that of spans below it. */
  counts_usage: number
  /** Nanoseconds that an OTLP time has beyond what its seconds stand for; null when there are none. */
  start_nanos_rest: number | null
  end_nanos_rest: number | null
}

export interface SpanPayloadsTable {
  seq: number
  attributes: string
  /** Derived attributes that the others lack, as JSON. */
  mapped: string | null
}

export interface PromptVersionsTable {
  seq: number
  version_id: string
  span_id: string
  prompt_text: string
  label: string | null
  created_at: number
}

/** An LLM call that was run again; it goes with the span it began from. */
export interface ReplayRunsTable {
  seq: number
  replay_id: string
  original_span_id: string
  /** The trace of the original span. */
  trace_id: string
  /** The span that recorded the new call; null for rows of an imported Beacon database. */
  replay_span_id: string | null
  /** JSON objects as they were asked for and answered. */
  modified_input: string
  new_output: string
  diff: string
  created_at: number
}

/**
 * Open spans that a process of this server makes itself. A row may outlive its span, or the span's
 * being open; it never lacks while the span is open.
 */
export interface RunningSpansTable {
  span_id: string
  process_id: string
  started_at: number
  /** Set for spans of which live sockets hear nothing. */
  is_quiet: number
}

/** Processes that share one PostgreSQL; unused on SQLite, which has one. */
export interface ProcessesTable {
  id: string
  /** By the database's clock. */
  seen_at: number
}

/** Events for the other processes of one PostgreSQL; unused on SQLite. */
export interface OutboxTable {
  id: Generated<number>
  origin: string
  topic: string
  body: string
  created_at: Generated<number>
}

/** Spans whose attributes changed since the search index last read them; SQLite only. */
export interface SearchChangesTable {
  id: Generated<number>
  seq: number
}

export interface ApiKeysTable {
  id: string
  /** Given out in order of making, for surfaces whose ids are numbers. */
  number: number
  /** SHA-256 in hex of the secret, which itself is kept nowhere. */
  secret_hash: string
  prefix: string
  /** Whose surface made it: `pharos` for our own. */
  format: string
  user_id: string | null
  name: string
  description: string
  /** Words with blanks between. */
  scopes: string
  /** Owner label that narrows what the key reaches. */
  subject: string | null
  /** Keyed fingerprint of a literal key that logs in as this one, on Thunder only. */
  login_key: string | null
  /** That literal key, sealed; none where it is the key's own secret. */
  sealed_label: string | null
  status: string
  expires_at: number | null
  request_count: number
  last_used_at: number | null
  created_at: number
  updated_at: number
  /** What it may spend, as a JSON object; null for a key without limits. */
  limits: string | null
  /** JSON list of the models it reaches; null for a key that reaches all. */
  models: string | null
  /** The most that it may do as its owner; null for all that the owner may. */
  role_cap: string | null
  last_ip: string | null
  /** 1 for a key that is shown no models but those that it reaches. */
  hides_models: number | null
}

export interface AuditLogTable {
  id: string
  at: number
  actor_kind: string
  actor_id: string | null
  action: string
  target_kind: string
  target_id: string
  ip: string | null
  request_id: string | null
  /** JSON; a secret appears as `(secret)`. */
  changes: string
}

export interface SettingsTable {
  key: string
  /** Empty for a setting of the whole server. */
  user_id: string
  /** JSON. */
  value: string
  updated_by: string | null
  updated_at: number
}

/** One inference request of an engine that told every step; its span stands beside it. */
export interface InferenceLogsTable {
  seq: number
  request_id: string
  span_id: string
  trace_id: string
  created_at: number
  completed_at: number | null
  /** Without the mod's name and without any key. */
  model: string | null
  mod_name: string | null
  /** `ok`, `error` or `unset`, as its span's. */
  status: string
  /** Keyed fingerprint of the key that the request came with; also its trace's owner key. */
  owner_key: string | null
  /** That key itself, sealed; shown to an admin only. */
  sealed_owner: string | null
  final_text: string | null
  /** Different numbers of steps among its events. */
  total_steps: number
  /** JSON lists of text, in the order of their adding. */
  favorited_by: string
  tags: string
  is_public: number
  /** Grows with every change, so that a cached copy can be told from a newer one. */
  revision: number
}

/** What every permitted reader sees alike, as JSON text that is spliced into replies. */
export interface InferenceLogPayloadsTable {
  seq: number
  document: string
  /** What the engine sent and no reply shows, as JSON text. */
  unshown: string
}

export interface DiscussionsTable {
  id: number
  request_id: string
  username: string
  comment: string
  /** Who wrote it, as an identity and not as a name. */
  author: string
  created_at: number
  updated_at: number
}

export interface CollectionsTable {
  id: number
  name: string
  description: string | null
  /** Identity of its owner: an owner key's fingerprint, or `key:` and an API key's id. */
  owner: string | null
  /** How the owner is shown. */
  created_by: string | null
  is_public: number
  created_at: number
  updated_at: number
}

export interface CollectionRequestsTable {
  collection_id: number
  request_id: string
  added_at: number
  added_by: string | null
  notes: string | null
  /** Set while whoever added the log could read it only as a public one: it shows only as such. */
  needs_public: number
}

/** Public links. The token is sealed, because those who may read the target may see the link. */
export interface ShareLinksTable {
  token_hash: string
  /** `log` or `collection`. */
  kind: string
  target_id: string
  sealed_token: string
  created_by: string | null
  created_at: number
}

/** One run of the activation explorer. */
export interface ActivationRunsTable {
  request_id: string
  created_at: number
  updated_at: number
  /** Who may see it besides the team; `anonymous` for everybody without a key. */
  owner_key: string | null
  /** As it was asked for, and as the service named it. */
  model_id: string
  hf_model_id: string | null
  prompt_chars: number
  output_tokens: number
  /** Activations in its timeline, and different features among them. */
  rows_count: number
  features_count: number
  sae_enabled: number
  sae_id: string | null
  sae_layer: number | null
  duration_ms: number
  status: string
  error_message: string | null
  /** JSON list of feature ids, the strongest first; null when there are none. */
  top_features: string | null
}

/** What a run that went well left behind; texts that a client wrote are JSON strings. */
export interface ActivationPreviewsTable {
  request_id: string
  /** Of the first run under this id. */
  created_at: number
  updated_at: number
  prompt: string
  output_text: string
  output_token_ids: string
  sae_top_k: number
  /** JSON as the service gave it. */
  feature_timeline: string
}
