import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client } from '@pharos/contract/client.ts'
import { hypersigilRoutes, type HypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import { expect, it } from 'vitest'
import { openPostgresPool } from '../../src/platform/db/postgres-connection.ts'
import { startFakeProvider, type FakeProvider } from '../support/fake-provider.ts'
import { databasePlace, makeHome, type Home, type RunningServer } from './pharos.ts'

const count = 200
const atOnce = 4
const timeoutMs = 400_000
const gpt = 'openai:gpt-4o-mini'

type Owner = Client<HypersigilRoutes>

const ownerOf = ({ url }: RunningServer): Owner => createClient(hypersigilRoutes, { baseUrl: url })

/** A provider that takes a moment, and says something else each time. */
async function startProvider(): Promise<FakeProvider> {
  const fake = await startFakeProvider('openai')
  return fake.always(({ index }) => ({
    type: 'reply',
    text: `Answer ${index}`,
    pause: (chunk) => (chunk === 0 ? sleep(5) : undefined),
  }))
}

const environmentOf = (fake: FakeProvider) => ({
  OPENAI_BASE_URL: fake.url,
  OPENAI_API_KEY: 'sk-test-key',
  PHAROS_EXECUTIONS_PER_PROVIDER: String(atOnce),
})

/** Has a prompt run over so many items; gives the ids. */
async function startBatch(owner: Owner): Promise<readonly string[]> {
  const prompt = await owner.createPrompt({ body: { name: 'Batch', prompt: 'Say something' } })
  const group = await owner.createTestGroup({ query: {}, body: { name: 'Batch', mode: 'raw' } })
  const groupId = group.body.data.id
  for (let made = 0; made < count; made += 100) {
    const items = Array.from({ length: 100 }, (_, index) => ({ content: `Item ${made + index}` }))
    await owner.addTestItems({ query: {}, params: { groupId }, body: { items } })
  }
  const body = { promptId: prompt.body.data.id, testDataGroupId: groupId, providerModel: [gpt] }
  return (await owner.createExecutions({ body })).body.data.executionIds
}

const keyOf = ({ headers }: FakeProvider['requests'][number]) => String(headers['idempotency-key'])

interface Row {
  readonly id: string
  readonly status: string
  readonly result: string | null
  readonly job_status: string
}

const rowsSql = `select executions.id, executions.status, executions.result,
  jobs.status as job_status from executions join jobs on jobs.id = executions.job_id`

type Reader = () => Promise<readonly Row[]>

const readSqlite =
  ({ dataDir }: Home): Reader =>
  async () => {
    using database = new DatabaseSync(join(dataDir, 'pharos.db'), { readOnly: true })
    return database.prepare(rowsSql).all() as unknown as readonly Row[]
  }

const readPostgres =
  (url = ''): Reader =>
  async () => {
    const pool = openPostgresPool({ url, maxConnections: 1, onIdleError: () => undefined })
    try {
      return (await pool.query<Row>(rowsSql)).rows
    } finally {
      await pool.end()
    }
  }

/** What had been asked and was in hand at the kill: it may be asked once more. */
async function heldNow(fake: FakeProvider, read: Reader): Promise<ReadonlySet<string>> {
  const asked = new Set(fake.requests.map(keyOf))
  const rows = await read()
  const held = rows.filter(({ id, job_status }) => job_status === 'running' && asked.has(id))
  return new Set(held.map(({ id }) => id))
}

async function untilCompleted(owner: Owner): Promise<void> {
  for (;;) {
    const { completed, failed } = (await owner.getExecutionStats()).body.data
    expect(failed).toBe(0)
    if (completed === count) return
    await sleep(50)
  }
}

/** Each was asked, and again only if it was in hand at a kill; each holds the answer to its last question. */
async function expectEachOnce(
  fake: FakeProvider,
  read: Reader,
  { ids, held }: { readonly ids: readonly string[]; readonly held: readonly ReadonlySet<string>[] },
): Promise<void> {
  const byKey = Map.groupBy(fake.requests, keyOf)
  expect([...byKey.keys()].toSorted()).toEqual(ids.toSorted())
  for (const some of held) expect(some.size).toBeLessThanOrEqual(atOnce)
  for (const [key, requests] of byKey) {
    const mayBeAsked = 1 + held.filter((some) => some.has(key)).length
    expect(requests.length).toBeLessThanOrEqual(mayBeAsked)
  }
  const rows = await read()
  expect(rows).toHaveLength(count)
  for (const { id, status, result, job_status } of rows) {
    const last = byKey.get(id)?.at(-1)
    expect({ status, job_status }).toEqual({ status: 'completed', job_status: 'completed' })
    expect(result).toBe(`Answer ${last?.index}`)
  }
}

it(
  'ends every execution of a batch once, though the server is killed three times',
  async () => {
    await using fake = await startProvider()
    await using home = await makeHome()
    const environment = environmentOf(fake)
    const read = readSqlite(home)
    const held: ReadonlySet<string>[] = []
    let ids: readonly string[] = []
    for (const round of [0, 1, 2]) {
      await using server = await home.start([], environment)
      if (round === 0) ids = await startBatch(ownerOf(server))
      await fake.untilAsked(10 + round * 60 + Math.floor(Math.random() * 40))
      server.signal('SIGKILL')
      await server.ended
      held.push(await heldNow(fake, read))
    }
    await using server = await home.start([], environment)
    await untilCompleted(ownerOf(server))
    await expectEachOnce(fake, read, { ids, held })
  },
  timeoutMs,
)

it(
  'ends every execution once when one of two servers on one PostgreSQL is killed',
  async () => {
    await using fake = await startProvider()
    await using place = await databasePlace('postgres')
    await using home = await makeHome()
    await using other = await makeHome()
    const secret = { PHAROS_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') }
    const environment = { ...environmentOf(fake), ...place.environment, ...secret }
    const read = readPostgres(place.environment['DATABASE_URL'])
    await using killed = await home.start([], environment)
    await using server = await other.start([], environment)
    const ids = await startBatch(ownerOf(killed))
    await fake.untilAsked(20 + Math.floor(Math.random() * 120))
    killed.signal('SIGKILL')
    await killed.ended
    const held = [await heldNow(fake, read)]
    await untilCompleted(ownerOf(server))
    await expectEachOnce(fake, read, { ids, held })
  },
  timeoutMs,
)
