import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentEtag, ggufLikeBytes } from '../support/fake-hub-content.ts'
import { FakeHub } from '../support/fake-hub.ts'
import { makeHome, type Home } from './pharos.ts'

const repo = 'lab/Tiny-GGUF'
const filename = 'Tiny-Q8_0.gguf'
const name = `${repo}:Q8_0`
const content = ggufLikeBytes(300_000, 'tiny')

let home: Home
let hub: FakeHub
let environment: Record<string, string>
let folder: string

beforeEach(async () => {
  home = await makeHome()
  hub = await FakeHub.start()
  hub.put(repo, filename, content)
  environment = { HF_ENDPOINT: hub.url }
  folder = join(home.dir, '.cache/huggingface/hub/models--lab--Tiny-GGUF')
})

afterEach(async () => {
  await hub[Symbol.asyncDispose]()
  await home[Symbol.asyncDispose]()
})

const models = (...words: string[]) => home.run(['models', ...words], environment)
const blob = () => join(folder, 'blobs', contentEtag(content))
const sizeOf = async (path: string): Promise<number> => (await stat(path)).size

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(home.dir, { recursive: true })
  return entries.filter((entry) => entry.endsWith('.gguf') || entry.includes('/blobs/'))
}

describe('models pull', () => {
  it.each([[[repo, filename]], [[name]]])(
    'brings the file that %j names into the cache',
    async (words) => {
      const pulled = await models('pull', ...words)
      expect(pulled).toMatchObject({ code: 0, stdout: `Downloaded: ${name}, 300 kB\n` })
      expect(pulled.stderr).toMatch(/^Asking http[^\n]*\n\d+ %, [^\n]*of 300 kB[^\n]*\n$/)
      expect(await readFile(blob())).toEqual(content)
    },
  )

  it('only looks up what is there already', async () => {
    await models('pull', repo, filename)
    expect(await models('pull', repo, filename)).toMatchObject({
      code: 0,
      stdout: `Already here: ${name}, 300 kB\n`,
    })
    expect(hub.bodies).toHaveLength(1)
  })

  it('takes the commit that it is told', async () => {
    const first = hub.put(repo, filename, ggufLikeBytes(1000, 'older'))
    hub.put(repo, filename, content)
    const { stdout } = await models('pull', repo, filename, '--revision', first)
    expect(stdout).toContain('1.0 kB')
    expect((await models('list')).stdout).toContain(first.slice(0, 7))
  })

  it('brings what a short name of the operator stands for', async () => {
    await mkdir(home.dataDir)
    const list = `- { alias: tiny, repo: ${repo}, filename: ${filename} }\n`
    await writeFile(join(home.dataDir, 'models.yaml'), list)
    expect(await models('pull', 'tiny')).toMatchObject({ code: 0 })
    expect((await models('list', '--remote')).stdout).toMatch(/^tiny .*\(here\)$/m)
    expect(await models('remove', 'tiny')).toMatchObject({ code: 0 })
  })

  it('keeps what has come on Ctrl-C, and goes on from there', async () => {
    hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const pulling = home.begin(['models', 'pull', repo, filename], environment)
    await hub.untilHeld()
    await until(async () => (await sizeOf(`${blob()}.incomplete`)) === 100_000)
    pulling.signal('SIGINT')
    const stopped = await pulling.ended
    expect(stopped).toMatchObject({ code: 130, stdout: '' })
    expect(stopped.stderr).toMatch(/Stopped at 100 kB of 300 kB: [^\n]* goes on from there\n$/)
    expect(await sizeOf(`${blob()}.incomplete`)).toBe(100_000)
    expect((await models('list')).stdout).toContain('There are no model files')

    expect((await models('pull', repo, filename)).stdout).toContain('Downloaded')
    expect(hub.bodies.at(-1)).toMatchObject({ range: 'bytes=100000-' })
    expect(await readFile(blob())).toEqual(content)
  })

  it('goes on after it was killed', async () => {
    hub.failBody({ type: 'hold', afterBytes: 100_000 })
    const pulling = home.begin(['models', 'pull', repo, filename], environment)
    await hub.untilHeld()
    await until(async () => (await sizeOf(`${blob()}.incomplete`)) === 100_000)
    pulling.signal('SIGKILL')
    expect(await pulling.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await models('pull', repo, filename)).toMatchObject({ code: 0 })
    expect(hub.bodies.at(-1)).toMatchObject({ range: 'bytes=100000-' })
  })

  it('leaves nothing of a file whose checksum is wrong', async () => {
    const wrong = ggufLikeBytes(content.length, 'other')
    hub.failBody({ type: 'content', content: wrong })
    const failed = await models('pull', repo, filename)
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^pharos: [^\n]*checksum[^\n]*\n$/m)
    expect(await storedFiles()).toEqual([])
  })

  it('sends the token of the environment or of the saved file to the hub', async () => {
    hub.protect(repo, 'hf_right')
    expect(await models('pull', repo, filename)).toMatchObject({ code: 1 })
    environment['HF_TOKEN'] = 'hf_right'
    expect(await models('pull', repo, filename)).toMatchObject({ code: 0 })
    await rm(folder, { recursive: true })
    delete environment['HF_TOKEN']
    await writeFile(join(home.dir, '.cache/huggingface/token'), 'hf_right\n')
    expect(await models('pull', repo, filename)).toMatchObject({ code: 0 })
    const asked = hub.bodies.map(({ host, authorization }) => ({ host, authorization }))
    expect(asked).toEqual([
      { host: 'localhost', authorization: undefined },
      { host: 'localhost', authorization: undefined },
    ])
  })

  it.each([
    [['lab/none', filename], 'The hub has no'],
    [[`${repo}:Q2_K`], 'is not one file: give one of Tiny-Q8_0.gguf'],
  ])('says in one line why it cannot bring %j', async (words, message) => {
    const failed = await models('pull', ...words)
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^(Asking [^\n]+\n)?pharos: [^\n]+\n$/)
    expect(failed.stderr).toContain(message)
  })

  it('ends with 2 for a name that no file can have', async () => {
    const failed = await models('pull', repo, 'README.md')
    expect(failed).toMatchObject({ code: 2, stdout: '' })
    expect(failed.stderr).toMatch(/^pharos: "README.md" is no model file[^\n]*\n$/)
  })
})

describe('models list', () => {
  it('shows each file by its name, and what one may call it', async () => {
    hub.put(repo, 'Tiny-F16.gguf', ggufLikeBytes(1000, 'f16'))
    await models('pull', repo, filename)
    await models('pull', repo, 'Tiny-F16.gguf')
    const { code, stdout } = await models('list')
    expect(code).toBe(0)
    const [first, second, ...rest] = stdout.trimEnd().split('\n')
    expect(first).toMatch(/^lab\/Tiny-GGUF:F16 {2} +1\.0 kB {2}Tiny-F16\.gguf {2}[0-9a-f]{7}$/)
    expect(second).toMatch(/^lab\/Tiny-GGUF:Q8_0 {2} +300 kB {2}Tiny-Q8_0\.gguf {2}[0-9a-f]{7}$/)
    expect(rest).toEqual([])
  })

  it('says how to get one where there is none, and shows the short names', async () => {
    expect(await models('list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('npm start -- models pull'),
    })
    const { stdout } = await models('list', '--remote')
    expect(stdout).toMatch(/^llama3:instruct +\S+\/\S+ {2}\S+\.gguf$/m)
  })

  it('looks where the settings say', async () => {
    await models('pull', repo, filename)
    const hubDir = join(home.dir, '.cache/huggingface/hub')
    const listed = await home.run(['models', 'list', '--hf-home', '/nowhere'], {
      HF_HUB_CACHE: hubDir,
    })
    expect(listed.stdout).toContain(name)
    const other = await home.run(['models', 'list', '--hf-home', '/nowhere'])
    expect(other.stdout).toContain('There are no model files in /nowhere/hub yet')
  })
})

describe('models remove', () => {
  it.each([[[repo, filename]], [[name]]])(
    'deletes what %j names, its content too',
    async (words) => {
      await models('pull', repo, filename)
      const removed = await models('remove', ...words)
      expect(removed).toMatchObject({ code: 0, stderr: '' })
      expect(removed.stdout).toMatch(/^Removed Tiny-Q8_0.gguf of lab\/Tiny-GGUF at [0-9a-f]{7}\n$/)
      expect(await storedFiles()).toEqual([])
    },
  )

  it('keeps the content while another commit has it', async () => {
    const older = hub.put(repo, 'other.gguf', ggufLikeBytes(10, 'other'))
    await models('pull', repo, filename, '--revision', older)
    hub.put(repo, 'more.gguf', ggufLikeBytes(10, 'more'))
    await models('pull', repo, filename)
    expect(await models('remove', repo, filename, '--snapshot', older)).toMatchObject({ code: 0 })
    expect(await readFile(blob())).toEqual(content)
    expect((await models('list')).stdout).toContain(name)
    expect(await models('remove', repo, filename)).toMatchObject({ code: 0 })
    expect(await storedFiles()).toEqual([])
  })

  it.each([
    [[repo, filename], 'not on this machine'],
    [[name], 'There is no model file in lab/Tiny-GGUF'],
  ])('says in one line that %j is not there', async (words, message) => {
    const failed = await models('remove', ...words)
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toMatch(/^pharos: [^\n]+\n$/)
    expect(failed.stderr).toContain(message)
  })
})

/** Looks again and again, the file may not even be there yet. */
async function until(isMet: () => Promise<boolean>): Promise<void> {
  while (!(await isMet().catch(() => false))) await new Promise((wake) => setTimeout(wake, 20))
}
