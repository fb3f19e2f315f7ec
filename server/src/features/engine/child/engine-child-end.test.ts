import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EngineChildTester, textJob } from '../../../../test/support/engine-child.ts'
import { writeTinyModel } from '../../../../test/support/gguf/tiny-model.ts'

const entry = new URL('./engine-child.ts', import.meta.url)
const watcher = new URL('./watch-parent-thread.ts', import.meta.url)

/** A server that forks a child, has it work, and tells the child's id. */
const parentProgram = `
  const { fork } = require('node:child_process')
  const [path] = process.argv.slice(1)
  const child = fork(new URL(${JSON.stringify(entry.href)}), [], { serialization: 'advanced' })
  const messages = [{ role: 'user', content: 'hi' }]
  const prompt = { kind: 'chat', messages, tools: [], variables: {} }
  const sampling = { temperature: 1, seed: 1 }
  const job = { prompt, sampling, maxTokens: null, stop: [], grammar: null, top: null }
  child.on('message', (news) => {
    if (news.type === 'ready') {
      child.send({ type: 'generate', id: 1, job, credit: 1e9 })
      process.stdout.write(child.pid + '\\n')
    }
  })
  const plan = { name: 'm', path, sizeBytes: null, options: {} }
  child.send({ type: 'load', plan, maxThreads: null, mayUseGpu: false })
`

/** A server whose child only runs the watching thread and is busy for ever. */
const deafProgram = `
  const busy = \`
    const { Worker } = require('node:worker_threads')
    const watch = new Worker(new URL(${JSON.stringify(watcher.href)}), { workerData: process.ppid })
    watch.once('online', () => {
      process.stdout.write(process.pid + '\\\\n')
      setTimeout(() => { for (;;); }, 300)
    })
  \`
  require('node:child_process').spawn(process.execPath, ['-e', busy], { stdio: 'inherit' })
`

function run(program: string, ...values: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['-e', program, ...values], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function grandchildOf(parent: ChildProcess): Promise<number> {
  const [line]: unknown[] = await once(parent.stdout!, 'data')
  return Number(String(line))
}

/** False also for one that is dead and waits for somebody to ask how it died. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith(
      'Z',
    )
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<void> {
  while (lives(pid)) await sleep(20)
}

describe('the end of the engine child', () => {
  let folder = ''
  const path = (): string => join(folder, 'tiny.gguf')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pharos-child-end-'))
    await writeTinyModel(path(), { contextLength: 8192, blockCount: 4 })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('comes when it is asked to stop, after what still runs', async () => {
    await using child = await EngineChildTester.ready(path())
    const running = child.start(textJob('hello', { maxTokens: 50 }))
    const code = child.stop()
    expect((await running.answer).count).toBe(50)
    expect(await code).toBe(0)
  })

  it('comes after it has said why it cannot load', async () => {
    await using child = new EngineChildTester()
    const exit = once(child.process, 'exit')
    await expect(child.load(join(folder, 'none.gguf'))).rejects.toMatchObject({ status: 404 })
    expect((await exit)[0]).toBe(1)
  })

  it('comes when its server is killed while it computes', async () => {
    const parent = run(parentProgram, path())
    const pid = await grandchildOf(parent)
    expect(lives(pid)).toBe(true)
    parent.kill('SIGKILL')
    await gone(pid)
    expect(lives(pid)).toBe(false)
  })

  it('comes when its server is killed even if it never hears of that', async () => {
    const parent = run(deafProgram)
    const pid = await grandchildOf(parent)
    expect(lives(pid)).toBe(true)
    parent.kill('SIGKILL')
    await gone(pid)
    expect(lives(pid)).toBe(false)
  })

  it('does not come from what ends a terminal or a service: its server may still need it', async () => {
    await using child = await EngineChildTester.ready(path())
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      child.process.kill(signal)
      expect((await child.ask(textJob('hello', { maxTokens: 3 }))).count).toBe(3)
    }
  })
})
