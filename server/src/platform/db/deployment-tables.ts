/** Tables of deployments, webhooks and bundles of executions; for columns' conventions see `Schema`. */

export interface DeploymentSchema {
  execution_bundles: ExecutionBundlesTable
  deployments: DeploymentsTable
  deployment_revisions: DeploymentRevisionsTable
  embedding_deployments: EmbeddingDeploymentsTable
  webhook_destinations: WebhookDestinationsTable
  webhook_deliveries: WebhookDeliveriesTable
}

export interface ExecutionBundlesTable {
  id: string
  test_group_id: string
  prompt_id: string
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface DeploymentsTable {
  id: string
  /** Unique. */
  name: string
  /** From 1, one more with each change. */
  revision: number
  prompt_id: string
  prompt_version: number
  provider: string
  model: string
  /** JSON object. */
  options: string | null
  /** JSON list. */
  webhook_ids: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface DeploymentRevisionsTable {
  deployment_id: string
  revision: number
  prompt_id: string
  prompt_version: number
  provider: string
  model: string
  options: string | null
  webhook_ids: string | null
  created_by: string | null
  created_at: number
}

export interface EmbeddingDeploymentsTable {
  id: string
  /** Unique. */
  name: string
  model: string
  input_type: string | null
  /** JSON list. */
  webhook_ids: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface WebhookDestinationsTable {
  id: string
  /** A UUID of its own, which clients show. */
  identifier: string
  name: string
  /** As it is shown: with a mask where a password stands. */
  url: string
  is_active: number
  /** Key of its signatures as the vault sealed it; null: the key of the server. */
  secret: string | null
  /** User and password of its address as the vault sealed them. */
  credentials: string | null
  created_by: string | null
  created_at: number
  updated_at: number
}

export interface WebhookDeliveriesTable {
  id: string
  /** Stays the same over attempts: receivers tell repeats by it. */
  job_id: string
  destination_id: string | null
  url: string
  event: string
  /** JSON as it is sent. */
  body: string
  /** `pending`, `delivered` or `failed`. */
  status: string
  attempts: number
  /** HTTP status of the last attempt. */
  last_status: number | null
  last_error: string | null
  execution_id: string | null
  created_at: number
  updated_at: number
}
