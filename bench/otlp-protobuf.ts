import type { Bench, Desk } from './support/bench.ts'
import { spanBytes } from './support/load.ts'
import { measureSqliteIngest } from './support/measure-ingest.ts'
import { otlpBatches } from './support/otlp-post.ts'
import { SampleText } from './support/sample-text.ts'

const connections = 4
const spansPerPost = 512
const leastPerSecond = 10_000

export const otlpProtobuf: Bench = {
  name: 'otlp-protobuf',
  target: `>= ${leastPerSecond} spans/s of 2 KB in protobuf, decoded, mapped and on disk`,
  run(desk: Desk) {
    const text = SampleText.load(1)
    const load = {
      sources: Array.from({ length: connections }, () =>
        otlpBatches({ text, spansPerPost, spanBytes }),
      ),
      straightRowsPerTransaction: connections * spansPerPost,
    }
    return measureSqliteIngest(desk, load, ({ perSecond }) => perSecond >= leastPerSecond)
  },
}
