import type { Bench, Desk } from './support/bench.ts'
import { batches } from './support/load.ts'
import {
  measurePostgresIngest,
  measureSqliteIngest,
  type IngestLoad,
} from './support/measure-ingest.ts'
import { SampleText } from './support/sample-text.ts'

const connections = 4
const spansPerPost = 100
const leastPerSecond = 12_000
const leastRatio = 0.5
const mostRssMiB = 400

function load(): IngestLoad {
  const text = SampleText.load(1)
  return {
    sources: Array.from({ length: connections }, () => batches(text, spansPerPost)),
    // All that the connections can have under way at once.
    straightRowsPerTransaction: connections * spansPerPost,
  }
}

export const ingestBatch: Bench = {
  name: 'ingest-batch',
  target: `>= ${leastPerSecond} spans/s of 2 KB, >= ${leastRatio} of the same rows straight into SQLite, RSS <= ${mostRssMiB} MiB`,
  run: (desk: Desk) =>
    measureSqliteIngest(
      desk,
      load(),
      ({ perSecond, ratioToStraight, peakRssMiB }) =>
        perSecond >= leastPerSecond &&
        (ratioToStraight ?? 0) >= leastRatio &&
        peakRssMiB <= mostRssMiB,
    ),
}

export const ingestBatchPostgres: Bench = {
  name: 'ingest-batch-postgres',
  target: `>= ${leastPerSecond / 2} spans/s of 2 KB`,
  run: (desk: Desk) =>
    measurePostgresIngest(desk, load(), ({ perSecond }) => perSecond >= leastPerSecond / 2),
}
