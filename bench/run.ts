import { availableParallelism, cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { apiKeyCheck } from './api-key-check.ts'
import { dashboard } from './dashboard.ts'
import { eventLoop } from './event-loop.ts'
import { executions } from './executions.ts'
import { gatewayChat } from './gateway-chat.ts'
import { gatewayMemory } from './gateway-memory.ts'
import { gatewaySlow } from './gateway-slow.ts'
import { gatewayStream } from './gateway-stream.ts'
import { inferenceIngest } from './inference-ingest.ts'
import { ingestBatch, ingestBatchPostgres } from './ingest-batch.ts'
import { ingestSingle, ingestSinglePostgres } from './ingest-single.ts'
import { jobs } from './jobs.ts'
import { live } from './live.ts'
import { localParallel } from './local-parallel.ts'
import { localTokens } from './local-tokens.ts'
import { login } from './login.ts'
import { logMemory } from './log-memory.ts'
import { logRead } from './log-read.ts'
import { logStream } from './log-stream.ts'
import { modelList } from './model-list.ts'
import { otlpProtobuf } from './otlp-protobuf.ts'
import { playground } from './playground.ts'
import { prompts } from './prompts.ts'
import { search } from './search.ts'
import { start } from './start.ts'
import type { Bench, Scale } from './support/bench.ts'
import { Seeds } from './support/seeds.ts'
import { traceDetail } from './trace-detail.ts'
import { traceList } from './trace-list.ts'

const benches: readonly Bench[] = [
  ingestBatch,
  ingestSingle,
  ingestBatchPostgres,
  ingestSinglePostgres,
  otlpProtobuf,
  inferenceIngest,
  eventLoop,
  traceList,
  traceDetail,
  logRead,
  logMemory,
  logStream,
  search,
  live,
  playground,
  gatewayChat,
  gatewayStream,
  gatewaySlow,
  gatewayMemory,
  localTokens,
  localParallel,
  modelList,
  apiKeyCheck,
  login,
  jobs,
  prompts,
  executions,
  dashboard,
  start,
]

const usage = `npm run bench -- [--quick] [--cpu-prof FOLDER] [NAME …]

Runs the benches named, or all, one after the other. Each prints one line of JSON on the standard
output; what it is doing meanwhile goes to the standard error.

  --quick             small and short, only to see that it runs: the figures say nothing
  --cpu-prof FOLDER   profile the servers, a file for each of their threads

Benches: ${benches.map(({ name }) => name).join(' · ')}
`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      'cpu-prof': { type: 'string' },
    },
  })
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
  if (values.help === true || unknown.length > 0) {
    process.stderr.write(unknown.map((name) => `No bench is called ${name}\n`).join('') + usage)
    return unknown.length > 0 ? 2 : 0
  }
  // Folders are removed and servers ended when the process exits, so it must not be cut off.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const chosen = benches.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )
  const profiles = values['cpu-prof']
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]
  return runAll(chosen, values.quick === true ? 'quick' : 'full', nodeFlags)
}

/** Gives exit code 1 when a bench could not be run; a target that was missed is in its line. */
async function runAll(
  chosen: readonly Bench[],
  scale: Scale,
  nodeFlags: readonly string[],
): Promise<number> {
  const tell = (name: string, text: string) => process.stderr.write(`${name}: ${text}\n`)
  await using seeds = new Seeds(scale, (text) => tell('seeds', text))
  let exitCode = 0
  for (const bench of chosen) {
    const { name, target } = bench
    const say = (text: string) => tell(name, text)
    say('begins')
    try {
      const { isReached, figures, conditions } = await bench.run({ scale, seeds, nodeFlags, say })
      const judged = scale === 'full' ? { reached: isReached } : { scale }
      const line = { bench: name, target, ...judged, figures, conditions, ...surroundings() }
      process.stdout.write(`${JSON.stringify(line)}\n`)
    } catch (error) {
      say(`failed: ${error instanceof Error ? error.stack : String(error)}`)
      exitCode = 1
    }
  }
  return exitCode
}

function surroundings() {
  return {
    machine: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    at: new Date().toISOString(),
  }
}
