import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { benchHome, writeModelList } from './support/bench-models.ts'
import { Lane } from './support/lane.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const mostMs = 20
/** The largest page that there is. */
const page = '?page=1&page_size=100'
const lists = [
  { name: 'models', path: `/bodhi/v1/models${page}` },
  { name: 'modelfiles', path: `/bodhi/v1/modelfiles${page}` },
  { name: 'openai', path: '/v1/models' },
] as const

export const modelList: Bench = {
  name: 'model-list',
  target: `GET /bodhi/v1/models and /bodhi/v1/modelfiles with 500 files, after the first scan: p50 <= ${mostMs} ms`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const { files, requests } =
    scale === 'full' ? { files: 500, requests: 200 } : { files: 50, requests: 10 }
  await using folder = await temporaryFolder()
  const { dataDir, hfHome } = await benchHome(folder.path)
  await writeModelList(hfHome, files)
  await using server = await startServer({ dataDir, nodeFlags, environment: { HF_HOME: hfHome } })
  using lane = await Lane.open(server.port)
  const figures: Record<string, number> = {}
  let worstMs = 0
  for (const { name, path } of lists) {
    const listed = await measureList(lane, path, requests)
    if (listed.rows < Math.min(files, 100)) throw new Error(`${path} lists ${listed.rows} files`)
    worstMs = name === 'openai' ? worstMs : Math.max(worstMs, listed.p50Ms)
    figures[`${name}P50Ms`] = rounded(listed.p50Ms, 2)
    figures[`${name}P99Ms`] = rounded(listed.p99Ms, 2)
    figures[`${name}FirstMs`] = rounded(listed.firstMs, 1)
    figures[`${name}Bytes`] = listed.bytes
    say(`${path}: p50 ${rounded(listed.p50Ms, 2)} ms, the first ${rounded(listed.firstMs, 1)} ms`)
  }
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return {
    isReached: worstMs <= mostMs,
    figures,
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      files,
      requests,
      meaning: 'pages of 100; first: with the scan of the folder, and of what the files say',
      peakRssMiB,
    },
  }
}

async function measureList(lane: Lane, path: string, requests: number) {
  const tookMs: number[] = []
  let body: Buffer = Buffer.alloc(0)
  for (let request = 0; request <= requests; request += 1) {
    const startedMs = performance.now()
    body = await lane.get(path)
    tookMs.push(performance.now() - startedMs)
  }
  const [firstMs = Number.NaN, ...laterMs] = tookMs
  return {
    firstMs,
    p50Ms: percentile(laterMs, 0.5),
    p99Ms: percentile(laterMs, 0.99),
    bytes: body.byteLength,
    rows: rowsOf(body),
  }
}

/** Lists come as a page or as OpenAI's form, both with their rows in `data`. */
function rowsOf(body: Buffer): number {
  const { data }: { data?: unknown } = JSON.parse(body.toString())
  return Array.isArray(data) ? data.length : 0
}
