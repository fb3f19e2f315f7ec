import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { Lane } from './support/lane.ts'
import { idLength, LogPost } from './support/log-post.ts'
import { rounded } from './support/percentile.ts'
import { SampleText } from './support/sample-text.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { countStoredLogs, durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const cacheMiB = 64
const mostBesideMiB = 300
const lanes = 4
const steps = 100

export const logMemory: Bench = {
  name: 'log-memory',
  target: `memory over 20,000 reads of log details: at most the cache's bound + ${mostBesideMiB} MiB`,
  run: measure,
}

/** The peak that the kernel recorded, which no sampling can miss. */
async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  const dataDir = folder.path
  const logs = scale === 'full' ? 500 : 20
  const reads = scale === 'full' ? 20_000 : 200
  const environment = { PHAROS_CACHE_MAX_BYTES: String(cacheMiB * 1024 * 1024) }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const post = new LogPost(SampleText.load(13), { steps, topTokens: 20 })
  await storeLogs(server, post, logs)
  say(`stored ${logs} logs`)
  const startedMs = performance.now()
  const replyBytes = await readAll(server, logs, reads)
  const seconds = (performance.now() - startedMs) / 1000
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  const place = { kind: 'sqlite', dataDir } as const
  return {
    isReached: peakRssMiB <= cacheMiB + mostBesideMiB,
    figures: {
      peakRssMiB,
      besideCacheMiB: peakRssMiB - cacheMiB,
      readsPerSecond: rounded(reads / seconds, 0),
    },
    conditions: {
      fileSystem: await fileSystemOf(dataDir),
      durability: await durabilityOf(place),
      rowsAfterRestart: countStoredLogs(dataDir),
      cacheMiB,
      reads,
      lanes,
      bodyBytes: post.bodyBytes,
      replyBytes,
    },
  }
}

function idOf(log: number): string {
  return String(log).padStart(idLength, '0')
}

async function storeLogs(server: ServerChild, post: LogPost, logs: number): Promise<void> {
  using lane = await Lane.open(server.port)
  for (let log = 0; log < logs; log++) await post.send(lane, idOf(log))
}

/** Each lane walks over all logs with a stride of its own, so that the cache keeps changing. */
async function readAll(server: ServerChild, logs: number, reads: number): Promise<number> {
  const walk = async (number: number): Promise<number> => {
    using lane = await Lane.open(server.port)
    let bytes = 0
    for (let read = 0; read < reads / lanes; read++) {
      bytes = (await lane.get(`/logs/${idOf((number * 7 + read * 13) % logs)}`)).byteLength
    }
    return bytes
  }
  const sizes = await Promise.all(Array.from({ length: lanes }, (_, number) => walk(number)))
  return Math.max(...sizes)
}
