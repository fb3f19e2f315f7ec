import { vi } from 'vitest'
import { createClient, type Client } from '@pharos/contract/client.ts'
import { hypersigilRoutes, type HypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { Execution } from '@pharos/contract/hypersigil/execution-views.ts'
import { createApiKey, localCaller } from '../../../src/features/identity/index.ts'
import type { KeyLimitChanges } from '../../../src/features/identity/index.ts'
import { createAlias } from '../../../src/features/models/index.ts'
import type { Context } from '../../../src/app/context.ts'
import {
  startModelStage,
  type ModelStage,
  type ModelStageOptions,
} from '../../support/model-stage.ts'

type Owner = Client<HypersigilRoutes>
type NewPrompt = Parameters<Owner['createPrompt']>[0]['body']

/** A server, four providers, and what one does to run prompts on them. */
export class ExecutionStage implements AsyncDisposable {
  readonly stage: ModelStage
  /** Who may do everything. */
  readonly owner: Owner

  static async open(options: ModelStageOptions): Promise<ExecutionStage> {
    return new ExecutionStage(await startModelStage(options))
  }

  private constructor(stage: ModelStage) {
    this.stage = stage
    this.owner = createClient(hypersigilRoutes, { baseUrl: stage.app.url })
  }

  get context(): Context {
    return this.stage.app.app.context
  }

  /** Makes a name that stands for models of which one follows when another fails. */
  async fallback(name: string, models: readonly string[]): Promise<void> {
    const targets = models.map((model) => ({ model, isEnabled: true }))
    const ctx = { ...this.context, caller: localCaller() }
    await createAlias(ctx, name, { targets, requestParams: {}, options: { strategy: 'fallback' } })
  }

  /** Somebody with a key of these limits. */
  async keyed(limits: KeyLimitChanges = {}): Promise<Owner> {
    const ctx = { ...this.context, caller: localCaller() }
    const scopes = ['executions:run', 'executions:read'] as const
    const name = 'software'
    const { secret } = await createApiKey(ctx, { name, scopes, expiresAt: null, limits })
    return this.as(secret)
  }

  /** Whoever holds a key. */
  as(secret: string): Owner {
    const headers = { 'x-api-key': secret }
    return createClient(hypersigilRoutes, { baseUrl: this.stage.app.url, headers })
  }

  /** Gives the id of a new prompt. */
  async prompt(given: Partial<NewPrompt> = {}): Promise<string> {
    const body = { name: `Prompt ${crypto.randomUUID()}`, prompt: 'Say hello', ...given }
    const made = await this.owner.createPrompt({ body })
    return made.body.data.id
  }

  /** Gives the id of a new group with these items, the oldest first. */
  async group(contents: readonly string[]): Promise<string> {
    const name = `Group ${crypto.randomUUID()}`
    const made = await this.owner.createTestGroup({ query: {}, body: { name, mode: 'raw' } })
    const groupId = made.body.data.id
    for (let start = 0; start < contents.length; start += 100) {
      const items = contents.slice(start, start + 100).map((content) => ({ content }))
      await this.owner.addTestItems({
        query: {},
        params: { groupId },
        body: { items },
      })
    }
    return groupId
  }

  /** Makes executions; gives their ids. */
  async run(
    body: Parameters<Owner['createExecutions']>[0]['body'],
    who: Owner = this.owner,
  ): Promise<readonly string[]> {
    const made = await who.createExecutions({ body })
    return made.body.data.executionIds
  }

  async get(id: string): Promise<Execution> {
    const read = await this.owner.getExecution({ params: { id } })
    return read.body.data
  }

  /** The row of the job that runs an execution. */
  jobOf(id: string) {
    return this.context.db.read((tx) =>
      tx.db
        .selectFrom('jobs')
        .innerJoin('executions', 'executions.job_id', 'jobs.id')
        .selectAll('jobs')
        .where('executions.id', '=', id)
        .executeTakeFirstOrThrow(),
    )
  }

  /** The execution once it is as it should be. */
  async until(id: string, status: Execution['status'], withinMs = 10_000): Promise<Execution> {
    return vi.waitFor(
      async () => {
        const execution = await this.get(id)
        if (execution.status !== status) throw new Error(JSON.stringify(execution))
        return execution
      },
      { timeout: withinMs, interval: 20 },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]()
  }
}
