import { createHash, randomBytes } from 'node:crypto'
import { schemaSteps } from '../../server/migrations/index.ts'
import type { Database } from '../../server/src/platform/db/database.ts'
import { openDatabase } from '../../server/src/platform/db/open-database.ts'
import { databaseFile } from './stored.ts'

const madeAt = 1_750_000_000

/** A database in this process, with the server's schema and threads. */
export async function openBenchDatabase(dataDir: string): Promise<Database> {
  const db = await openDatabase(
    { kind: 'sqlite', path: databaseFile(dataDir) },
    {
      logger: { warn: () => undefined, error: () => undefined },
      publish: () => undefined,
      onDeath: (error) => {
        throw error
      },
    },
  )
  await db.migrate(schemaSteps)
  return db
}

/** So many active users, each with one API key; gives the secrets of the keys. */
export async function seedKeys(db: Database, count: number): Promise<readonly string[]> {
  const secrets = Array.from({ length: count }, () => `pharos_${randomBytes(32).toString('hex')}`)
  await db.write(async (tx) => {
    const numbers = await tx.allocate('api_keys', count)
    await tx.insertMany(
      'users',
      Array.from({ length: count }, (_, index) => userRow(index)),
    )
    const keys = secrets.map((secret, index) => keyRow(secret, index, numbers[index] ?? 0))
    await tx.insertMany('api_keys', keys)
  })
  return secrets
}

function userRow(index: number) {
  return {
    id: `user-${index}`,
    email: `user-${index}@example.org`,
    email_key: `user-${index}@example.org`,
    name: `User ${index}`,
    role: 'power_user',
    role_source: 'local',
    status: 'active',
    password_hash: null,
    failed_logins: 0,
    locked_until: null,
    last_login_at: null,
    profile: '{}',
    created_at: madeAt,
    updated_at: madeAt,
  }
}

function keyRow(secret: string, index: number, number: number) {
  return {
    id: `key-${index}`,
    number,
    secret_hash: createHash('sha256').update(secret).digest('hex'),
    prefix: secret.slice(0, 15),
    format: 'pharos',
    user_id: `user-${index}`,
    name: `Key ${index}`,
    description: '',
    scopes: 'traces:read traces:write models:read completions:run',
    subject: null,
    login_key: null,
    sealed_label: null,
    status: 'active',
    expires_at: null,
    request_count: 0,
    last_used_at: null,
    created_at: madeAt,
    updated_at: madeAt,
    limits: null,
    models: null,
    role_cap: null,
    last_ip: null,
    hides_models: null,
  }
}
