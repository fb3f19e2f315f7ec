/** Tables of prompts, executions and what belongs to them; for columns' conventions see `Schema`. */

export interface PromptSchema {
  prompts: PromptsTable
  prompt_revisions: PromptRevisionsTable
  comments: CommentsTable
  test_groups: TestGroupsTable
  test_items: TestItemsTable
  file_blobs: FileBlobsTable
  files: FilesTable
  executions: ExecutionsTable
}

export interface PromptsTable {
  id: string
  /** Unique. */
  name: string
  /** Of the newest version, as all that follows up to `options`. */
  prompt: string
  /** JSON list of role and content; null for a prompt of one text. */
  messages: string | null
  /** JSON Schema as JSON text. */
  schema_input: string | null
  schema_response: string | null
  /** JSON object. */
  options: string | null
  current_version: number
  /** `identityOf` of who made it. */
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface PromptRevisionsTable {
  prompt_id: string
  /** From 1. */
  version: number
  name: string
  prompt: string
  messages: string | null
  schema_input: string | null
  schema_response: string | null
  options: string | null
  created_by: string | null
  created_at: number
}

export interface CommentsTable {
  id: string
  text: string
  /** JSON: generic, or a place in an execution. */
  data: string
  prompt_id: string | null
  execution_id: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface TestGroupsTable {
  id: string
  /** Unique. */
  name: string
  description: string | null
  /** `raw` or `json`. */
  mode: string
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface TestItemsTable {
  id: string
  /** Order of arrival. */
  seq: number
  group_id: string
  name: string | null
  content: string
  created_at: number
  updated_at: number
}

export interface FileBlobsTable {
  /** In hex. */
  sha256: string
  size_bytes: number
  /** Base64. */
  data: string
  created_at: number
}

export interface FilesTable {
  id: string
  /** Of its bytes, which `file_blobs` holds once. */
  sha256: string
  name: string
  original_name: string
  mime_type: string
  /** Of the bytes themselves. */
  size_bytes: number
  description: string | null
  /** JSON list of texts. */
  tags: string | null
  /** `identityOf` of who sent it. */
  uploaded_by: string | null
  created_at: number
  updated_at: number
}

export interface ExecutionsTable {
  id: string
  /** Order of making. */
  seq: number
  prompt_id: string | null
  prompt_version: number | null
  prompt_text: string | null
  user_input: string
  /** A connection as this surface calls it. */
  provider: string
  model: string
  /** `pending`, `running`, `completed` or `failed`. */
  status: string
  result: string | null
  result_valid: number | null
  result_validation_message: string | null
  input_tokens: number | null
  output_tokens: number | null
  cost_usd: number | null
  error_message: string | null
  started_at: number | null
  completed_at: number | null
  /** JSON object as it was sent. */
  options: string | null
  starred: number | null
  user_status: string | null
  test_group_id: string | null
  test_item_id: string | null
  bundle_id: string | null
  bundle_position: number | null
  /** What a client calls its trace: an opaque text. */
  trace_label: string | null
  /** Of the trace that the call left. */
  trace_id: string | null
  span_id: string | null
  file_id: string | null
  /** `app` or `api`. */
  origin: string
  /** JSON list of destinations. */
  webhook_ids: string | null
  deployment_id: string | null
  deployment_revision: number | null
  job_id: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}
