import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataDirLock, lockDataDir } from './lock-data-dir.ts'
import { dataDirProblem, prepareDataDir } from './prepare-data-dir.ts'
import { readOrCreateSecretKey } from './secret-key.ts'

let root = ''
let holder: ChildProcess | undefined

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pharos-data-'))
})

afterEach(async () => {
  holder?.kill('SIGKILL')
  await rm(root, { recursive: true })
})

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('prepareDataDir', () => {
  it('creates the folder and its parents for the owner alone', async () => {
    const path = join(root, 'a/b')
    await prepareDataDir(path)
    expect(await modeOf(path)).toBe(0o700)
    await expect(prepareDataDir(path)).resolves.toBeUndefined()
  })

  it('says that the path is a file', async () => {
    const path = join(root, 'file')
    await writeFile(path, '')
    await expect(prepareDataDir(path)).rejects.toThrow(`${path}: it is a file`)
    await expect(prepareDataDir(join(path, 'sub'))).rejects.toThrow('a part of its path is a file')
  })

  it.each([
    ['EACCES', 'this user may not read and write it'],
    ['EROFS', 'it is on a read-only file system'],
    ['ENOSPC', 'the disk is full'],
    ['EIO', 'EIO'],
  ])('explains %s in one line', (code, reason) => {
    const error = dataDirProblem('/data', Object.assign(new Error('x'), { code }))
    expect(error).toMatchObject({
      code: 'precondition',
      message: `Cannot use the data folder /data: ${reason}`,
    })
  })
})

describe('readOrCreateSecretKey', () => {
  it('makes a key of 32 bytes once, readable by its owner alone', async () => {
    const key = await readOrCreateSecretKey(root)
    expect(key).toHaveLength(32)
    expect(await readOrCreateSecretKey(root)).toEqual(key)
    expect(await modeOf(join(root, 'secret.key'))).toBe(0o600)
    expect(await readdir(root)).toEqual(['secret.key'])
  })

  it('gives every racing process the same key', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => readOrCreateSecretKey(root)))
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  })

  it('refuses a damaged key instead of replacing it', async () => {
    const path = join(root, 'secret.key')
    await writeFile(path, 'c2hvcnQ=\n')
    await expect(readOrCreateSecretKey(root)).rejects.toThrow('does not hold base64 of 32 bytes')
    expect(await readFile(path, 'utf8')).toBe('c2hvcnQ=\n')
  })
})

describe('lockDataDir', () => {
  async function holdElsewhere(): Promise<ChildProcess> {
    const module = new URL('lock-data-dir.ts', import.meta.url).href
    const program = `
      const { lockDataDir } = await import(${JSON.stringify(module)})
      globalThis.lock = await lockDataDir(${JSON.stringify(root)})
      process.send('held')
      setInterval(() => {}, 1000)`
    const path = join(root, 'holder.mjs')
    await writeFile(path, program)
    const child = fork(path)
    await once(child, 'message')
    return child
  }

  it('holds the folder until it is disposed of, and names itself', async () => {
    const lock = await lockDataDir(root)
    expect(await readFile(join(root, 'pharos.pid'), 'utf8')).toBe(`${process.pid}\n`)
    expect(DataDirLock.tryTake(root)).toBeUndefined()
    lock[Symbol.dispose]()
    expect(await readdir(root)).not.toContain('pharos.pid')
    const again = await lockDataDir(root)
    again[Symbol.dispose]()
  })

  it('refuses a second process, naming the first, until that is killed', async () => {
    holder = await holdElsewhere()
    await expect(lockDataDir(root)).rejects.toMatchObject({
      code: 'conflict',
      message: `The data folder ${root} is in use by process ${holder.pid}`,
    })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(await readFile(join(root, 'pharos.pid'), 'utf8')).toBe(`${holder.pid}\n`)
    const lock = await lockDataDir(root)
    lock[Symbol.dispose]()
  })

  it('says what is wrong with a folder that does not exist', async () => {
    await expect(lockDataDir(join(root, 'none'))).rejects.toMatchObject({ code: 'precondition' })
  })
})
