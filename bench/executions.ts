import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client } from '@pharos/contract/client.ts'
import { hypersigilRoutes, type HypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { rounded } from './support/percentile.ts'
import { startCountingProvider } from './support/provider-child.ts'
import { startServer } from './support/server-child.ts'
import { databaseFile, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostSeconds = 5
const perProvider = 8
const models = ['openai:gpt-4o-mini', 'openai:gpt-4o']
const promptBytes = 1024
const itemsAtOnce = 100

export const executions: Bench = {
  name: 'executions',
  target: `a batch of 1,000 items on ${models.length} models of one provider that answers at once and sees at most ${perProvider} questions at a time: all completed within ${mostSeconds} s`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const items = scale === 'full' ? 1_000 : 50
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  await using provider = await startCountingProvider()
  const environment = {
    OPENAI_BASE_URL: provider.baseUrl,
    OPENAI_API_KEY: 'sk-bench',
    PHAROS_EXECUTIONS_PER_PROVIDER: String(perProvider),
  }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const owner = createClient(hypersigilRoutes, { baseUrl: `http://127.0.0.1:${server.port}` })
  const first = await runBatch(owner, await prepare(owner, Math.ceil(items / 20)))
  const cpu = server.cpuSeconds()
  const asked = (await provider.counts()).asked
  const batch = await runBatch(owner, await prepare(owner, items))
  const cpuMs = ((server.cpuSeconds() - cpu) * 1000) / batch.count
  const counts = await provider.counts()
  say(`${rounded(batch.seconds, 2)} s, ${rounded(batch.count / batch.seconds, 0)} executions/s`)
  if (counts.mostInHand > perProvider) throw new Error(`${counts.mostInHand} were asked at once`)
  const all = first.count + batch.count
  if (counts.asked !== all || counts.keys !== all) throw new Error(JSON.stringify(counts))
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const kept = completedRows(dataDir)
  return {
    isReached: batch.seconds <= mostSeconds && kept === all,
    figures: {
      batchSeconds: rounded(batch.seconds, 2),
      executionsPerSecond: rounded(batch.count / batch.seconds, 0),
      createdMs: rounded(batch.createdMs, 0),
      cpuMsPerExecution: rounded(cpuMs, 2),
      askedTheProvider: counts.asked - asked,
      mostAtOnce: counts.mostInHand,
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      items,
      models: models.length,
      perProvider,
      promptBytes,
      acknowledged: all,
      rowsAfterKill: kept,
      peakRssMiB,
      meaning: 'from before the request that makes the batch to when all are seen as completed',
    },
  }
}

type Owner = Client<HypersigilRoutes>

interface Prepared {
  readonly promptId: string
  readonly groupId: string
}

/** A prompt with a schema for its input, and a group of items that fit it. */
async function prepare(owner: Owner, count: number): Promise<Prepared> {
  const prompt = await owner.createPrompt({
    body: {
      name: crypto.randomUUID(),
      prompt: 'Answer {{question}}. '.padEnd(promptBytes, 'words '),
      json_schema_input: {
        type: 'object',
        properties: { question: { type: 'string' } },
        required: ['question'],
      },
    },
  })
  const group = await owner.createTestGroup({
    query: {},
    body: { name: crypto.randomUUID(), mode: 'json' },
  })
  const groupId = group.body.data.id
  for (let made = 0; made < count; made += itemsAtOnce) {
    const items = Array.from({ length: Math.min(itemsAtOnce, count - made) }, (_, index) => ({
      content: JSON.stringify({ question: `What is ${made + index}?` }),
    }))
    await owner.addTestItems({ query: {}, params: { groupId }, body: { items } })
  }
  return { promptId: prompt.body.data.id, groupId }
}

async function runBatch(owner: Owner, { promptId, groupId: testDataGroupId }: Prepared) {
  const before = await completedCount(owner)
  const startedMs = performance.now()
  const body = { promptId, testDataGroupId, providerModel: models }
  const made = await owner.createExecutions({ body })
  const createdMs = performance.now() - startedMs
  const count = made.body.data.executionIds.length
  while ((await completedCount(owner)) < before + count) await sleep(50)
  return { count, createdMs, seconds: (performance.now() - startedMs) / 1000 }
}

async function completedCount(owner: Owner): Promise<number> {
  const read = await owner.getExecutionStats()
  const { completed, failed } = read.body.data
  if (failed > 0) throw new Error(`${failed} executions failed`)
  return completed
}

function completedRows(dataDir: string): number {
  using database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const sql = "select count(*) as count from executions where status = 'completed'"
  return Number(database.prepare(sql).get()?.['count'])
}
