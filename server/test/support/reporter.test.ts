import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'

const repository = join(import.meta.dirname, '..', '..', '..')
const reporter = join(import.meta.dirname, 'reporter.ts')

let folder: string

beforeEach(async () => {
  // Inside the repository, so that the planted tests find Vitest.
  await mkdir(join(repository, '.tmp'), { recursive: true })
  folder = await mkdtemp(join(repository, '.tmp', 'reporter-'))
  const config = `import { CountReporter } from ${JSON.stringify(reporter)}
    export default { test: { reporters: ['default', new CountReporter()] } }`
  await writeFile(join(folder, 'vitest.config.ts'), config)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function runVitest(
  files: Record<string, string>,
): Promise<{ code: number | null; lines: string[] }> {
  for (const [name, body] of Object.entries(files)) {
    await writeFile(join(folder, name), `import { describe, expect, it } from 'vitest'\n${body}`)
  }
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  const output = await text(child.stdout)
  return { code: await exit, lines: output.trimEnd().split('\n') }
}

it('ends the report with the tests per database and the plain count', async () => {
  const { code, lines } = await runVitest({
    'store.test.ts': `
      describe.each(['sqlite', 'postgres'])('store [%s]', () => {
        it('saves', () => expect(1).toBe(1))
        it('reads', () => expect(1).toBe(1))
      })
      it('stands alone', () => expect(1).toBe(1))`,
  })
  expect(lines.slice(-2)).toEqual(['databases: sqlite 2, postgres 2', '5 passed, 0 failed'])
  expect(code).toBe(0)
})

it('counts what is skipped and whatever makes the run fail', async () => {
  const { code, lines } = await runVitest({
    'wrong.test.ts': `
      it('is right', () => expect(1).toBe(1))
      it('is wrong', () => expect(1).toBe(2))
      // Skipped because the count of such tests is what this run is about.
      it.skip('is left out [sqlite]', () => expect(1).toBe(1))`,
    'broken.test.ts': `throw new Error('cannot be loaded')`,
    'stray.test.ts': `
      it('rejects behind our back', () => { void Promise.reject(new Error('stray')) })`,
  })
  expect(lines.slice(-2)).toEqual([
    'databases: sqlite 0, postgres 0',
    '2 passed, 3 failed, 1 skipped',
  ])
  expect(code).toBe(1)
})
