import { tmpdir } from 'node:os'
import type { BenchResult, Desk } from './bench.ts'
import { indexLag } from './index-lag.ts'
import { postFor, type PostSource } from './load.ts'
import { rounded } from './percentile.ts'
import { startBenchPostgres } from './postgres.ts'
import { startServer, type ServerChild } from './server-child.ts'
import { countStoredSpans, durabilityOf, type Place } from './stored.ts'
import { writeStraight } from './straight.ts'
import { fileSystemOf, temporaryFolder } from './temporary-folder.ts'

export interface IngestLoad {
  /** Each posts on a connection of its own. */
  readonly sources: readonly PostSource[]
  /** Rows of one transaction when they are written straight into SQLite; absent to leave that out. */
  readonly straightRowsPerTransaction?: number
}

export interface IngestFigures {
  readonly perSecond: number
  readonly peakRssMiB: number
  /** Of what SQLite alone does; absent when that was not measured. */
  readonly ratioToStraight: number | undefined
}

const maxStraightRows = 200_000

/** Ingest into SQLite, then a kill, a restart and a count. */
export async function measureSqliteIngest(
  desk: Desk,
  load: IngestLoad,
  isReached: (figures: IngestFigures) => boolean,
): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  await using scratch = await temporaryFolder()
  const dataDir = folder.path
  const place: Place = { kind: 'sqlite', dataDir }
  const measured = await measure(desk, load, { dataDir, place })
  const rowsPerTransaction = load.straightRowsPerTransaction
  const straight =
    rowsPerTransaction === undefined
      ? undefined
      : await writeStraight(dataDir, scratch.path, { rowsPerTransaction, maxRows: maxStraightRows })
  return toResult({ ...measured, straight, rowsPerTransaction }, isReached)
}

/** The same into a PostgreSQL of its own. */
export async function measurePostgresIngest(
  desk: Desk,
  load: IngestLoad,
  isReached: (figures: IngestFigures) => boolean,
): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  await using postgres = await startBenchPostgres()
  const place: Place = { kind: 'postgres', url: postgres.url }
  const measured = await measure(desk, load, { dataDir: folder.path, place })
  return toResult(measured, isReached)
}

async function measure(
  { scale, nodeFlags, say }: Desk,
  { sources }: IngestLoad,
  { dataDir, place }: { dataDir: string; place: Place },
) {
  const databaseUrl = place.kind === 'postgres' ? place.url : undefined
  const warmUpSeconds = scale === 'full' ? 2 : 0.5
  const seconds = scale === 'full' ? 10 : 1
  const start = (): Promise<ServerChild> => startServer({ dataDir, databaseUrl, nodeFlags })
  await using server = await start()
  const warmUp = await postFor(server.port, sources, warmUpSeconds)
  const cpuBefore = server.cpuSeconds()
  const report = await postFor(server.port, sources, seconds)
  const cpuSeconds = server.cpuSeconds() - cpuBefore
  const peakRssMiB = server.peakRssMiB()
  const lag = place.kind === 'sqlite' ? indexLag(dataDir) : 0
  // A profile is only written by a process that may end by itself.
  await (nodeFlags.length > 0 ? server.stop() : server.kill())
  const acknowledged = warmUp.acknowledged + report.acknowledged
  say(`${report.spansPerSecond} spans/s, p99 ${report.p99Ms} ms; killed, counting after a restart`)
  const rowsAfterRestart = await restartAndCount(start, place)
  return {
    report,
    peakRssMiB,
    cpuSeconds,
    acknowledged,
    rowsAfterRestart,
    indexLagSpans: lag,
    bodyBytes: sources[0]?.bodyBytes ?? 0,
    connections: sources.length,
    seconds,
    durability: await durabilityOf(place),
    fileSystem: await fileSystemOf(tmpdir()),
  }
}

async function restartAndCount(start: () => Promise<ServerChild>, place: Place): Promise<number> {
  await using again = await start()
  const count = await countStoredSpans(place)
  await again.stop()
  return count
}

type Measured = Awaited<ReturnType<typeof measure>> & {
  readonly straight?: { readonly rows: number; readonly spansPerSecond: number } | undefined
  readonly rowsPerTransaction?: number | undefined
}

function toResult(measured: Measured, isReached: (figures: IngestFigures) => boolean): BenchResult {
  const { report, straight, acknowledged, rowsAfterRestart, cpuSeconds, rowsPerTransaction } =
    measured
  const perSecond = report.spansPerSecond
  const peakRssMiB = rounded(measured.peakRssMiB, 0)
  const ratioToStraight = straight && rounded(perSecond / straight.spansPerSecond, 2)
  const isWhole = rowsAfterRestart === acknowledged
  const { bodyBytes, connections, seconds, durability, fileSystem, indexLagSpans } = measured
  return {
    isReached: isWhole && isReached({ perSecond, peakRssMiB, ratioToStraight }),
    figures: {
      spansPerSecond: perSecond,
      ...(ratioToStraight === undefined ? {} : { ratioToStraight }),
      peakRssMiB,
      p50Ms: report.p50Ms,
      p99Ms: report.p99Ms,
      cpuSeconds: rounded(cpuSeconds),
      cpuMsPer1000Spans: rounded((cpuSeconds * 1e6) / report.acknowledged),
    },
    conditions: {
      fileSystem,
      durability,
      connections,
      bodyBytes,
      seconds,
      acknowledged,
      rowsAfterRestart,
      indexLagSpans,
      ...(straight && {
        straightSpansPerSecond: straight.spansPerSecond,
        straightRows: straight.rows,
        straightRowsPerTransaction: rowsPerTransaction ?? 0,
      }),
    },
  }
}
