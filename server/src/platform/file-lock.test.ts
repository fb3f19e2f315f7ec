import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileLock } from './file-lock.ts'

let root = ''
let path = ''
let holder: ChildProcess | undefined

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pharos-lock-'))
  path = join(root, 'locks/thing.lock')
})

afterEach(async () => {
  holder?.kill('SIGKILL')
  await rm(root, { recursive: true })
})

const never = new AbortController().signal

async function elsewhere(lines: string): Promise<ChildProcess> {
  const module = new URL('file-lock.ts', import.meta.url).href
  const program = join(root, 'holder.mjs')
  await writeFile(
    program,
    `const { FileLock } = await import(${JSON.stringify(module)})
     const path = ${JSON.stringify(path)}
     ${lines}`,
  )
  return fork(program)
}

describe('FileLock', () => {
  it('is held by one until that lets it go', () => {
    const lock = FileLock.tryTake(path)
    expect(lock).toBeDefined()
    expect(FileLock.tryTake(path)).toBeUndefined()
    // A vain attempt must not have given it up either.
    expect(FileLock.tryTake(path)).toBeUndefined()
    lock?.[Symbol.dispose]()
    using again = FileLock.tryTake(path)
    expect(again).toBeDefined()
  })

  it('is waited for, until the signal says otherwise', async () => {
    const lock = FileLock.tryTake(path)
    const stop = new AbortController()
    const vain = FileLock.take(path, stop.signal)
    stop.abort(new Error('enough'))
    await expect(vain).rejects.toThrow('enough')
    const waiting = FileLock.take(path, never)
    lock?.[Symbol.dispose]()
    using taken = await waiting
    expect(taken).toBeInstanceOf(FileLock)
  })

  it('ends with the process that held it, however that ends', async () => {
    holder = await elsewhere(`
      globalThis.lock = FileLock.tryTake(path)
      process.send('held')
      setInterval(() => {}, 1000)`)
    await once(holder, 'message')
    expect(FileLock.tryTake(path)).toBeUndefined()
    const waiting = FileLock.take(path, never)
    holder.kill('SIGKILL')
    using taken = await waiting
    expect(taken).toBeInstanceOf(FileLock)
  })

  it('is never held twice, however often it changes hands', async () => {
    const counter = join(root, 'inside')
    const lines = `
      import { writeFileSync, rmSync } from 'node:fs'
      const inside = ${JSON.stringify(counter)}
      for (let turn = 0; turn < 300; ) {
        const lock = FileLock.tryTake(path)
        if (!lock) continue
        writeFileSync(inside, '', { flag: 'wx' })
        rmSync(inside)
        lock[Symbol.dispose]()
        turn += 1
      }
      process.disconnect()`
    const children = [await elsewhere(lines), await elsewhere(lines), await elsewhere(lines)]
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
    expect(codes).toEqual([0, 0, 0])
  })

  it('makes its folder, or says that it cannot', async () => {
    using lock = FileLock.tryTake(join(root, 'new', 'x.lock'))
    expect(lock).toBeDefined()
    await writeFile(join(root, 'file'), '')
    expect(() => FileLock.tryTake(join(root, 'file', 'x.lock'))).toThrow('EEXIST')
  })
})
