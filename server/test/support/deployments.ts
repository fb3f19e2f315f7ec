import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { DeploymentContext, EmbeddingPowers } from '../../src/features/deployments/index.ts'
import { ExecutionEnds, type executionJobs } from '../../src/features/executions/index.ts'
import { createPrompt, updatePrompt } from '../../src/features/prompts/index.ts'
import type { JobEngine } from '../../src/platform/jobs/job-engine.ts'
import type { JobType } from '../../src/platform/jobs/job-type.ts'
import { GuardedRoom } from '../../src/platform/threads/guarded.ts'
import { providerKey } from './completion-context.ts'
import type { TestDatabase } from './database.ts'
import { useFourProviders } from './four-providers.ts'
import { JobStage, typeThat } from './job-stage.ts'

/** What runs what deployments ask for. */
type Powers = EmbeddingPowers & Parameters<typeof executionJobs>[0]

/** What deployments need, for the suite in which this is called: providers, jobs, prompts. */
export function useDeployments(
  store: Pick<TestDatabase, 'location'>,
  typesOf: (powers: Powers) => readonly JobType[] = () => [typeThat(async () => null)],
) {
  let stage: JobStage
  let guard: GuardedRoom
  let jobs: JobEngine | undefined
  const executionEnds = new ExecutionEnds()
  const providers = useFourProviders({
    get db() {
      return stage.db
    },
  })
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
    stage.subscribe(executionEnds)
    guard = new GuardedRoom()
  })
  afterEach(async () => {
    jobs = undefined
    await stage.clear()
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await guard[Symbol.asyncDispose]()
  })

  /** With the one engine of the test, which is started when this is called for the first time. */
  function contextOf(given: Partial<DeploymentContext> = {}): DeploymentContext {
    const powers = { guard, executionEnds, executionsPerProvider: () => 4 }
    const known = providers.contextOf()
    // Voyage's replies are those of OpenAI.
    const voyageai = providers.fakeOf('openai').url
    const { apiKeys, baseUrls } = known.providers
    const base = {
      ...known,
      ...powers,
      providers: {
        ...known.providers,
        apiKeys: { ...apiKeys, voyageai: providerKey },
        baseUrls: { ...baseUrls, voyageai },
      },
    }
    // Handlers make jobs, too, with the engine that they belong to.
    const engine = (): JobEngine => (jobs ??= stage.engine(typesOf(late)))
    const late = {
      ...base,
      get jobs() {
        return engine()
      },
    }
    return { ...base, jobs: engine(), ...given }
  }
  return {
    ...providers,
    contextOf,
    get stage() {
      return stage
    },
    /** A prompt with these texts as its versions; gives its id. */
    async promptOf(...texts: readonly string[]): Promise<string> {
      const ctx = contextOf()
      const [first = '', ...rest] = texts
      const { id } = await createPrompt(ctx, { name: `p ${randomUUID()}`, prompt: first })
      for (const prompt of rest) await updatePrompt(ctx, id, { prompt })
      return id
    },
  }
}
