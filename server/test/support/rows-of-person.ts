import { randomUUID } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { User } from '../../src/features/identity/index.ts'
import type { Schema } from '../../src/platform/db/schema.ts'
import type { TestDatabase } from './database.ts'

/** Whose rows, and the log that some of them are about. */
interface Traces {
  readonly store: TestDatabase
  readonly user: User
  readonly identity: string
  /** Unix seconds. */
  readonly at: number
  readonly requestId: string
}

interface Planting extends Traces {
  readonly id: string
  readonly number: number
  readonly times: { readonly created_at: number; readonly updated_at: number }
  insert<T extends keyof Schema & string>(table: T, row: Insertable<Schema[T]>): Promise<unknown>
}

/** Puts down a row of every table that can name a person. */
export async function plantRowsOf(traces: Traces): Promise<void> {
  const { store, at } = traces
  const planting: Planting = {
    ...traces,
    id: randomUUID(),
    number: Math.floor(Math.random() * 1e9),
    times: { created_at: at, updated_at: at },
    insert: (table, row) => store.db.write((tx) => tx.insertMany(table, [row])),
  }
  await plantOwn(planting)
  await plantModels(planting)
  await plantPrompts(planting)
  await plantDeployments(planting)
  await plantJobs(planting)
  await plantLogs(planting)
}

async function plantOwn({ insert, user, identity, id, at, times }: Planting): Promise<void> {
  await insert('identities', {
    issuer: 'https://id',
    subject: id,
    user_id: user.id,
    email_at_login: user.email,
    created_at: at,
  })
  await insert('settings', {
    key: `own-${id}`,
    user_id: user.id,
    value: '1',
    updated_by: user.id,
    updated_at: at,
  })
  await insert('settings', {
    key: `all-${id}`,
    user_id: '',
    value: '1',
    updated_by: identity,
    updated_at: at,
  })
  await insert('conversations', { owner: identity, id, title: user.name, ...times })
  await insert('messages', {
    owner: identity,
    conversation_id: id,
    position: 0,
    id,
    role: 'user',
    content: user.email,
    created_at: at,
  })
}

async function plantModels({ insert, user, id, times }: Planting): Promise<void> {
  await insert('provider_connections', {
    id,
    name: id,
    kind: 'openai',
    is_active: 1,
    created_by: user.id,
    ...times,
  })
  await insert('model_aliases', {
    id,
    name: id,
    kind: 'router',
    targets: '[]',
    request_params: '{}',
    options: '{}',
    created_by: user.id,
    ...times,
  })
  await insert('downloads', {
    id,
    repo: id,
    filename: 'x',
    revision: 'main',
    status: 'completed',
    created_by: user.id,
    ...times,
  })
}

async function plantPrompts({ insert, identity, id, at, times }: Planting): Promise<void> {
  await insert('prompts', {
    id,
    name: id,
    prompt: 'Hi',
    current_version: 1,
    created_by: identity,
    ...times,
  })
  await insert('prompt_revisions', {
    prompt_id: id,
    version: 1,
    name: id,
    prompt: 'Hi',
    created_by: identity,
    created_at: at,
  })
  await insert('comments', { id, text: 'Good', data: '{}', created_by: identity, ...times })
  await insert('executions', {
    id,
    seq: 1,
    user_input: '',
    provider: 'openai',
    model: 'small',
    status: 'completed',
    origin: 'app',
    created_by: identity,
    ...times,
  })
  await insert('test_groups', { id, name: id, mode: 'raw', created_by: identity, ...times })
  await insert('files', {
    id,
    sha256: id,
    name: 'x',
    original_name: 'x',
    mime_type: 'text/plain',
    size_bytes: 1,
    uploaded_by: identity,
    ...times,
  })
}

async function plantDeployments({ insert, identity, id, at, times }: Planting): Promise<void> {
  await insert('execution_bundles', {
    id,
    test_group_id: id,
    prompt_id: id,
    created_by: identity,
    ...times,
  })
  const deployed = { prompt_id: id, prompt_version: 1, provider: 'openai', model: 'small' }
  await insert('deployments', {
    id,
    name: id,
    revision: 1,
    ...deployed,
    created_by: identity,
    ...times,
  })
  await insert('deployment_revisions', {
    deployment_id: id,
    revision: 1,
    ...deployed,
    created_by: identity,
    created_at: at,
  })
  await insert('embedding_deployments', {
    id,
    name: id,
    model: 'small',
    created_by: identity,
    ...times,
  })
  await insert('webhook_destinations', {
    id,
    identifier: id,
    name: id,
    url: 'http://localhost/',
    is_active: 1,
    created_by: identity,
    ...times,
  })
}

async function plantJobs({ insert, identity, id, at, number, times }: Planting): Promise<void> {
  await insert('jobs', {
    id,
    seq: number,
    type: 'sample',
    data: '{}',
    status: 'completed',
    lane: 'sample',
    priority: 1,
    attempts: 0,
    max_attempts: 1,
    scheduled_at: at,
    retry_delay_ms: 1,
    retry_backoff_multiplier: 1,
    max_retry_delay_ms: 1,
    is_cancelled: 0,
    created_by: identity,
    ...times,
  })
  await insert('job_schedules', {
    id,
    name: id,
    type: 'sample',
    data: '{}',
    every_seconds: 60,
    is_active: 0,
    next_at: at,
    created_by: identity,
    ...times,
  })
}

async function plantLogs({
  insert,
  store,
  user,
  identity,
  id,
  at,
  number,
  times,
  requestId,
}: Planting): Promise<void> {
  await insert('collections', {
    id: number,
    name: 'Mine',
    owner: identity,
    created_by: user.name,
    is_public: 0,
    ...times,
  })
  await insert('collection_requests', {
    collection_id: number,
    request_id: requestId,
    added_at: at,
    added_by: user.name,
    needs_public: 0,
  })
  await insert('share_links', {
    token_hash: id,
    kind: 'log',
    target_id: requestId,
    sealed_token: 'x',
    created_by: identity,
    created_at: at,
  })
  await insert('discussions', {
    id: number,
    request_id: requestId,
    username: user.name,
    comment: 'Look',
    author: identity,
    ...times,
  })
  await store.db.write((tx) =>
    tx.db
      .updateTable('inference_logs')
      .set({ favorited_by: JSON.stringify([user.name, 'Somebody', user.email]) })
      .where('request_id', '=', requestId)
      .execute(),
  )
  await insert('audit_log', {
    id: randomUUID(),
    at,
    actor_kind: 'local',
    action: 'setting.update',
    target_kind: 'setting',
    target_id: 'mail',
    changes: JSON.stringify({ to: [user.email.toLowerCase()], for: { user: user.id } }),
  })
}
