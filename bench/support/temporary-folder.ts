import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

/** A new folder of this bench alone; it goes when disposed, and when the process ends early. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  await refuseMemory(tmpdir())
  const path = await mkdtemp(join(tmpdir(), 'pharos-bench-'))
  const removeNow = (): void => rmSync(path, { recursive: true, force: true })
  process.once('exit', removeNow)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
      process.off('exit', removeNow)
    },
  }
}

/** The type of the file system that holds a path, for example `ext4`; `unknown` off Linux. */
export async function fileSystemOf(path: string): Promise<string> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const holding = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point = '']) => point === '/' || path === point || path.startsWith(point + sep))
    .toSorted(([, left = ''], [, right = '']) => left.length - right.length)
  return holding.at(-1)?.[2] ?? 'unknown'
}

/** Memory pays no fsync, so what is measured there is not what a disk does. */
async function refuseMemory(path: string): Promise<void> {
  const type = await fileSystemOf(path)
  if (type !== 'tmpfs' && type !== 'ramfs') return
  throw new Error(`${path} is on ${type}: set TMPDIR to a folder on a disk`)
}
