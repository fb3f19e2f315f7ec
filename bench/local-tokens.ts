import { tmpdir } from 'node:os'
import type { Bench, BenchResult, Desk } from './support/bench.ts'
import {
  benchHome,
  model25M,
  model260K,
  writeBenchModel,
  type BenchModel,
} from './support/bench-models.ts'
import { askCompletion, postJson } from './support/completion-load.ts'
import { startDirectEngine } from './support/direct-engine.ts'
import { percentile, rounded } from './support/percentile.ts'
import { startServer, type ServerChild } from './support/server-child.ts'
import { durabilityOf } from './support/stored.ts'
import { fileSystemOf, temporaryFolder } from './support/temporary-folder.ts'

const leastShare25M = 0.9
const leastShare260K = 0.7
const contextSize = 2048
const prompt = 'Once upon a time there was a lighthouse by the sea, and in it'

export const localTokens: Bench = {
  name: 'local-tokens',
  target:
    'tokens/s of a stream through the API, recorded, of the engine asked directly with the same ' +
    `file and threads: >= ${leastShare25M} at 25 M parameters, >= ${leastShare260K} at 260 K`,
  run: measure,
}

interface Lane {
  readonly server: ServerChild
  readonly hfHome: string
  readonly model: BenchModel
  readonly threads: number
  readonly tokens: number
  readonly rounds: number
}

async function measure({ scale, nodeFlags, say }: Desk): Promise<BenchResult> {
  await using folder = await temporaryFolder()
  const { dataDir, hfHome } = await benchHome(folder.path)
  const environment = { HF_HOME: hfHome }
  await using server = await startServer({ dataDir, nodeFlags, environment })
  const isFull = scale === 'full'
  const size = { tokens: isFull ? 1000 : 50, rounds: isFull ? 5 : 1 }
  const large = await compare({ server, hfHome, model: model25M, threads: 1, ...size })
  say(`25 M: ${wordsOf(large)}`)
  const small = await compare({ server, hfHome, model: model260K, threads: 1, ...size })
  say(`260 K: ${wordsOf(small)}`)
  const peakRssMiB = rounded(server.peakRssMiB(), 0)
  await server.stop()
  return {
    isReached: large.share >= leastShare25M && small.share >= leastShare260K,
    figures: { ...figuresOf(large, '25M'), ...figuresOf(small, '260K') },
    conditions: {
      fileSystem: await fileSystemOf(tmpdir()),
      durability: await durabilityOf({ kind: 'sqlite', dataDir }),
      ...size,
      contextSize,
      threads25M: 1,
      threads260K: 1,
      meaning:
        'each round asks the API and then the engine, the prompt included; the medians are ' +
        "compared; serverCpu: main process of the server, beside the model's own",
      peakRssMiB,
    },
  }
}

interface Compared {
  readonly perSecond: number
  readonly directPerSecond: number
  readonly share: number
  readonly loadMs: number
  readonly serverCpuMsPer1000: number
}

/** By turns, so that what else the machine does meets both. */
async function compare(lane: Lane): Promise<Compared> {
  const { server, model, threads, tokens, rounds } = lane
  const path = await writeBenchModel(lane.hfHome, model)
  const ask = { model: `${model.repo.split('/')[1]}`, prompt, tokens }
  await postJson(server.port, '/bodhi/v1/models', {
    alias: ask.model,
    repo: model.repo,
    filename: model.filename,
    context_params: { n_threads: threads, n_ctx: contextSize, n_parallel: 1 },
  })
  const loadMs = (await askCompletion(server.port, { ...ask, tokens: 1 })) * 1000
  await using direct = await startDirectEngine({ path, threads, contextSize, prompt, tokens })
  await askCompletion(server.port, ask)
  await direct.perSecond()
  const cpuBefore = server.cpuSeconds()
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    ours.push(tokens / (await askCompletion(server.port, ask)))
    theirs.push(await direct.perSecond())
  }
  const cpuMs = (server.cpuSeconds() - cpuBefore) * 1000
  const perSecond = percentile(ours, 0.5)
  const directPerSecond = percentile(theirs, 0.5)
  return {
    perSecond,
    directPerSecond,
    share: perSecond / directPerSecond,
    loadMs,
    serverCpuMsPer1000: (cpuMs * 1000) / (tokens * rounds),
  }
}

function wordsOf({ perSecond, directPerSecond, share }: Compared): string {
  return `${rounded(perSecond)} tokens/s of ${rounded(directPerSecond)}, ${rounded(share, 3)}`
}

function figuresOf(compared: Compared, name: string): Record<string, number> {
  return {
    [`share${name}`]: rounded(compared.share, 3),
    [`tokensPerSecond${name}`]: rounded(compared.perSecond),
    [`directTokensPerSecond${name}`]: rounded(compared.directPerSecond),
    [`loadMs${name}`]: rounded(compared.loadMs, 0),
    [`serverCpuMsPer1000Tokens${name}`]: rounded(compared.serverCpuMsPer1000),
  }
}
