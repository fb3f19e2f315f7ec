import type { Bench, Desk } from './support/bench.ts'
import { singles } from './support/load.ts'
import {
  measurePostgresIngest,
  measureSqliteIngest,
  type IngestLoad,
} from './support/measure-ingest.ts'
import { SampleText } from './support/sample-text.ts'

const connections = 32
const leastPerSecond = 2_500

function load(): IngestLoad {
  const text = SampleText.load(2)
  return {
    sources: Array.from({ length: connections }, () => singles(text)),
    straightRowsPerTransaction: connections,
  }
}

export const ingestSingle: Bench = {
  name: 'ingest-single',
  target: `>= ${leastPerSecond} posts/s of one span of 2 KB`,
  run: (desk: Desk) =>
    measureSqliteIngest(desk, load(), ({ perSecond }) => perSecond >= leastPerSecond),
}

export const ingestSinglePostgres: Bench = {
  name: 'ingest-single-postgres',
  target: `>= ${leastPerSecond / 2} posts/s of one span of 2 KB`,
  run: (desk: Desk) =>
    measurePostgresIngest(desk, load(), ({ perSecond }) => perSecond >= leastPerSecond / 2),
}
