import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import { benchHome, model25M, writeBenchModel } from './support/bench-models.ts'
import { askCompletion, postJson } from './support/completion-load.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const sequences = 4
const leastGain = 1.3
const contextSize = 1024
const threads = 1
const alias = 'bench-parallel'
/** They differ from the first word on, so that none can use what another has evaluated. */
const prompts = ['Once upon a time', 'Far away', 'In the morning', 'Nobody knew']

export const localParallel: Bench = {
  name: 'local-parallel',
  target: `${sequences} concurrent completions of one model against one: tokens/s in all >= ${leastGain} x`,
  run: measure,
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  const size = scale === 'full' ? { tokens: 400, rounds: 5 } : { tokens: 40, rounds: 1 }
  await using folder = await temporaryFolder()
  const { dataDir, hfHome } = await benchHome(folder.path)
  await writeBenchModel(hfHome, model25M)
  await using server = await startServer({ dataDir, nodeFlags, environment: { HF_HOME: hfHome } })
  const { repo, filename } = model25M
  const context_params = { n_threads: threads, n_ctx: contextSize, n_parallel: sequences }
  await postJson(server.port, '/bodhi/v1/models', { alias, repo, filename, context_params })
  const askAt = (index: number): Promise<number> => {
    const ask = { model: alias, prompt: prompts[index] ?? '', tokens: size.tokens }
    return askCompletion(server.port, ask)
  }
  const together = async (count: number): Promise<number> => {
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: count }, (_, index) => askAt(index)))
    return (count * size.tokens * 1000) / (performance.now() - startedMs)
  }
  await together(sequences)
  const alone: number[] = []
  const aggregate: number[] = []
  for (let round = 0; round < size.rounds; round += 1) {
    alone.push(await together(1))
    aggregate.push(await together(sequences))
  }
  const alonePerSecond = percentile(alone, 0.5)
  const aggregatePerSecond = percentile(aggregate, 0.5)
  const gain = aggregatePerSecond / alonePerSecond
  say(`${rounded(alonePerSecond)} tokens/s alone, ${rounded(aggregatePerSecond)} in all`)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return {
    isReached: gain >= leastGain,
    figures: {
      gain: rounded(gain, 2),
      alonePerSecond: rounded(alonePerSecond),
      aggregatePerSecond: rounded(aggregatePerSecond),
    },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      model: model25M.name,
      sequences,
      contextSize,
      threads,
      ...size,
      peakRssMiB,
    },
  }
}
