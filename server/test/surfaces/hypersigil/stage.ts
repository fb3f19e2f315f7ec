import { Role, scopes } from '@pharos/contract/vocabulary.ts'
import { createApiKey, localCaller, startSession } from '../../../src/features/identity/index.ts'
import type { Dialect } from '../../../src/platform/db/database.ts'
import { Accounts } from '../../support/accounts.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { startFakeProvider, type FakeProvider } from '../../support/fake-provider.ts'
import type { TranscriptStage } from '../../support/transcript-suite.ts'
import { plantDelivery } from './plant-delivery.ts'
import { plantExecution } from './plant-execution.ts'
import { plantJob } from './plant-job.ts'

/** What transcripts leave; those that others refer to come last. */
const filled = [
  'comments',
  'executions',
  'execution_bundles',
  'deployment_revisions',
  'deployments',
  'embedding_deployments',
  'test_items',
  'test_groups',
  'files',
  'file_blobs',
  'prompt_revisions',
  'prompts',
  'webhook_deliveries',
  'webhook_destinations',
  'job_logs',
  'jobs',
  'job_schedules',
  'api_keys',
  'invitations',
  'sessions',
  'users',
  'model_aliases',
  'provider_connections',
] as const

/** A server open to its owner, with one provider. */
export class HypersigilStage implements TranscriptStage {
  readonly app: TestApp
  readonly fakes: Readonly<Record<string, FakeProvider>>
  readonly known: Readonly<Record<string, string>>
  readonly #opened: AsyncDisposableStack

  private constructor(app: TestApp, openai: FakeProvider, opened: AsyncDisposableStack) {
    this.app = app
    this.fakes = { openai }
    this.known = { openai: openai.url, long: 'x'.repeat(101) }
    this.#opened = opened
  }

  static async open(dialect: Dialect, options: TestAppOptions = {}): Promise<HypersigilStage> {
    await using opened = new AsyncDisposableStack()
    const openai = opened.use(await startFakeProvider('openai', { models: ['gpt-x'] }))
    // No test may meet an Ollama that runs on the machine.
    const settings = { ollamaBaseUrl: 'http://127.0.0.1:9', ...options.settings }
    const app = opened.use(await startTestApp({ ...options, settings, dialect }))
    return new HypersigilStage(app, openai, opened.move())
  }

  /** Forgets what the transcript before has left. */
  async clear(): Promise<void> {
    await this.app.app.context.db.write(async (tx) => {
      for (const table of filled) await tx.db.deleteFrom(table).execute()
      tx.publish({ topic: 'models', body: {} })
    })
  }

  /**
   * A key of everything (`admin`), of the scopes named with `+` between, or the cookie of somebody of
   * a role (`session:viewer`), whose e-mail is `viewer@pharos.test` and whose password `password`.
   * Also the id of a new job of nobody's in a state (`job:failed`), or of something that was sent to
   * a webhook (`delivery:failed`), or of an execution of a kind (`execution:completed`).
   */
  async keyOf(kind: string): Promise<string> {
    const { data: role } = Role.safeParse(kind.replace('session:', ''))
    if (kind.startsWith('session:') && role !== undefined) return this.#logIn(role)
    if (kind.startsWith('execution:'))
      return plantExecution(this.app.app.context.db, kind.slice(10))
    if (kind.startsWith('job:')) return plantJob(this.app.app.context.db, kind.slice(4))
    if (kind.startsWith('delivery:')) return plantDelivery(this.app.app.context.db, kind.slice(9))
    const ctx = { ...this.app.app.context, caller: localCaller() }
    const granted =
      kind === 'admin' ? scopes : scopes.filter((scope) => kind.split('+').includes(scope))
    return (await createApiKey(ctx, { name: kind, scopes: granted, expiresAt: null })).secret
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }

  async #logIn(role: Role): Promise<string> {
    const { context } = this.app.app
    const at = context.clock.nowSeconds()
    const email = `${role}@pharos.test`
    const person = { role, name: `A ${role}`, email, emailKey: email, createdAt: at, updatedAt: at }
    const { id: userId } = await new Accounts(context).add(person)
    const session = { userId, kind: 'password', ip: null, userAgent: null } as const
    return (await startSession(context, session)).secret
  }
}
