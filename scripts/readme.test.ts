import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FakeHub } from '../server/test/support/fake-hub.ts'
import { startFakeProvider, type FakeProvider } from '../server/test/support/fake-provider.ts'
import { encodeTinyModel } from '../server/test/support/gguf/tiny-model.ts'

const root = new URL('..', import.meta.url)
const run = promisify(execFile)

/** Blocks marked `sh` are commands that must work as they stand; `text` ones are not run. */
async function shellBlocks(): Promise<string[]> {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block.trim())
}

const isServerStart = (block: string): boolean => /^npm start( -- --\S+)*$/.test(block)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

let folder: string
let environment: NodeJS.ProcessEnv
let port: number
const servers: ChildProcess[] = []
let provider: FakeProvider
let hub: FakeHub

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pharos-readme-'))
  port = await freePort()
  provider = await startFakeProvider('openai')
  hub = await FakeHub.start()
  // What the README downloads, with random weights.
  const [repo, filename] = ['bartowski/SmolLM2-135M-Instruct-GGUF', 'SmolLM2-135M-Instruct']
  hub.put(repo, `${filename}-Q4_K_M.gguf`, encodeTinyModel())
  hub.put(repo, `${filename}-Q8_0.gguf`, encodeTinyModel({ seed: 2 }))
  environment = {
    ...process.env,
    HOME: folder,
    PHAROS_DATA_DIR: join(folder, 'data'),
    PHAROS_PORT: String(port),
    OPENAI_BASE_URL: provider.url,
    HF_ENDPOINT: hub.url,
  }
})

afterAll(async () => {
  for (const server of servers) server.kill('SIGTERM')
  await provider[Symbol.asyncDispose]()
  await hub[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

/** Starts the server as the block says and waits for its line; one that ran before is stopped. */
async function start(block: string): Promise<void> {
  servers.pop()?.kill('SIGTERM')
  for (;;) {
    const output = await readyOutput(block)
    if (output.includes('Pharos is ready at')) return
    // npm passes a signal on and ends at once, so the server before may still be stopping.
    if (!output.includes('in use')) throw new Error(`${block} ended: ${output}`)
    await sleep(200)
  }
}

/** What the server printed until it was ready or ended. */
function readyOutput(block: string): Promise<string> {
  const [command = '', ...args] = block.split(' ')
  const child = spawn(command, args, { cwd: root, env: environment })
  servers.push(child)
  return new Promise((resolve) => {
    let text = ''
    const take = (part: Buffer): void => {
      text += part.toString()
      if (text.includes('Pharos is ready at')) resolve(text)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('exit', () => resolve(text))
  })
}

it('has commands that work as they stand, one after the other', async () => {
  const blocks = await shellBlocks()
  expect(blocks.filter(isServerStart).length).toBeGreaterThan(0)
  expect(blocks.length).toBeGreaterThan(4)
  for (const block of blocks) {
    if (isServerStart(block)) {
      await start(block)
      continue
    }
    const script = block
      .replaceAll('localhost:7474', `localhost:${port}`)
      .replaceAll('npm start', `npm --prefix ${root.pathname} start`)
    await expect(
      run('bash', ['-euc', script], { cwd: folder, env: environment }),
      block,
    ).resolves.toBeDefined()
  }
}, 240_000)
