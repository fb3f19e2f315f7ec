import { DatabaseSync } from 'node:sqlite'
import { LogList } from '@pharos/contract/thunder/logs.ts'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { LogPost } from './support/log-post.ts'
import { percentile, rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { seedDatabase } from './support/seed.ts'
import { startServer } from './support/server-child.ts'
import { countStoredSpans, databaseFile, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const most = { cachedMs: 10, fromDiskMs: 120, listMs: 10 }
const attributesBytes = 400

export const logRead: Bench = {
  name: 'log-read',
  target:
    `GET /logs/{id} of 1,000 steps: p50 <= ${most.cachedMs} ms cached, <= ${most.fromDiskMs} ms ` +
    `from disk; GET /logs over 100,000 logs: p50 <= ${most.listMs} ms`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const logs = scale === 'full' ? 100_000 : 500
  const requests = scale === 'full' ? 200 : 10
  const text = SampleText.load(11)
  await seedLogs(databaseFile(dataDir), logs, text)
  say(`seeded ${logs} logs`)
  const cached = await withServer({ dataDir, nodeFlags }, async (lane) => {
    const long = await ingestLong(lane, text)
    const list = await times(lane, '/logs', requests)
    const deepList = await times(lane, '/logs?limit=100&offset=5000', requests / 10)
    return { long, list, deepList, detail: await times(lane, long.path, requests) }
  })
  const environment = { PHAROS_CACHE_MAX_BYTES: '1' }
  const fromDisk = await withServer({ dataDir, nodeFlags, environment }, async (lane) => ({
    detail: await times(lane, cached.long.path, requests),
  }))
  const detailP50Ms = rounded(percentile(cached.detail.tookMs, 0.5), 2)
  const fromDiskP50Ms = rounded(percentile(fromDisk.detail.tookMs, 0.5), 2)
  const listP50Ms = rounded(percentile(cached.list.tookMs, 0.5), 2)
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached:
      detailP50Ms <= most.cachedMs && fromDiskP50Ms <= most.fromDiskMs && listP50Ms <= most.listMs,
    figures: {
      detailP50Ms,
      detailP99Ms: rounded(percentile(cached.detail.tookMs, 0.99), 2),
      fromDiskP50Ms,
      fromDiskP99Ms: rounded(percentile(fromDisk.detail.tookMs, 0.99), 2),
      listP50Ms,
      listP99Ms: rounded(percentile(cached.list.tookMs, 0.99), 2),
      listAtOffset5000P50Ms: rounded(percentile(cached.deepList.tookMs, 0.5), 2),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      rowsAfterRestart: await countStoredSpans(place),
      logs,
      seeded: 'rows written past the server, with small documents; the long log came over HTTP',
      bodyBytes: cached.long.bodyBytes,
      detailReplyBytes: cached.detail.bytes,
      listReplyBytes: cached.list.bytes,
      peakRssMiB: cached.peakRssMiB,
    },
  }
}

type ServerOptions = Parameters<typeof startServer>[0]

async function withServer<T>(options: ServerOptions, work: (lane: Lane) => Promise<T>) {
  await using server = await startServer(options)
  using lane = await Lane.open(server.port)
  const result = await work(lane)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return { ...result, peakRssMiB }
}

/** A long log, the newest of all; gives its path and the size of its body. */
async function ingestLong(lane: Lane, text: SampleText) {
  const post = new LogPost(text, { steps: 1_000, topTokens: 20 })
  await post.send(lane)
  const [newest] = LogList.parse(JSON.parse((await lane.get('/logs?limit=1')).toString())).data
  if (newest === undefined) throw new Error('The log is not listed')
  return { path: `/logs/${newest.request_id}`, bodyBytes: post.bodyBytes }
}

async function times(lane: Lane, path: string, count: number) {
  let bytes = 0
  for (let warmUp = 0; warmUp < 5; warmUp++) bytes = (await lane.get(path)).byteLength
  const tookMs: number[] = []
  for (let request = 0; request < count; request++) {
    const startedMs = performance.now()
    await lane.get(path)
    tookMs.push(performance.now() - startedMs)
  }
  return { tookMs, bytes }
}

/** A log with a small document beside each of so many spans. */
async function seedLogs(path: string, logs: number, text: SampleText): Promise<void> {
  const shape = { traces: logs, spansPerTrace: 1, attributesBytes }
  await seedDatabase(path, shape, text)
  using database = new DatabaseSync(path)
  database.exec(`pragma synchronous = off;
    insert into inference_logs (seq, request_id, span_id, trace_id, created_at, completed_at, model,
      mod_name, status, owner_key, sealed_owner, final_text, total_steps, favorited_by, tags,
      is_public, revision)
    select seq, 'request-' || seq, span_id, trace_id, start_time, end_time, 'llama-3.1-8b-instruct',
      null, 'ok', 'owner-' || (seq % 100), null, substr('${'words of a reply '.repeat(12)}', 1, 200),
      20, '[]', '[]', 0, 1 from spans;
    insert into inference_log_payloads (seq, document, unshown)
    select seq, '{"final_text":"words","events":[],"steps":[]}', '{}' from inference_logs;
    insert into counters (name, value) values ('inference_logs', ${logs})`)
}
