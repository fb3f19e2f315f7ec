import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatRequest } from './gateway-load.ts'
import { cpuSecondsOf } from './server-child.ts'

interface Measured {
  readonly figures: Readonly<Record<string, number>>
  readonly conditions: Readonly<Record<string, string>>
}

/** The gateway `@portkey-ai/gateway` as its own process. */
interface Portkey {
  readonly port: number
  /** What a chat must say to be sent on to the provider of the bench. */
  readonly asked: ChatRequest & Required<Pick<ChatRequest, 'headers'>>
  cpuSeconds(): number
}

const longestError = 300

/** What is measured of it, which records nothing; where it fails, why. */
export async function besidePortkey(
  providerPort: number,
  measure: (portkey: Portkey) => Promise<Measured['figures']>,
): Promise<Measured> {
  const port = await freePort()
  const manifest = createRequire(import.meta.url).resolve('@portkey-ai/gateway/package.json')
  const program = join(dirname(manifest), 'build/start-server.js')
  const child = spawn(process.execPath, [program, `--port=${port}`, '--headless'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, longestError)
  })
  const headers = {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${providerPort}/v1`,
  }
  try {
    await untilListening(child, port)
    const asked = { model: 'gpt-4o-mini', headers }
    const figures = await measure({ port, asked, cpuSeconds: () => cpuSecondsOf(child) })
    return { figures, conditions: { portkey: 'same load, records nothing' } }
  } catch (error) {
    const said = complaint.replaceAll(/\s+/g, ' ').trim()
    const portkey = said === '' ? String(error).slice(0, longestError) : said
    return { figures: {}, conditions: { portkey: `failed: ${portkey}` } }
  } finally {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.kill()) await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`)
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await sleep(100)
  }
  throw new Error('It did not listen within 10 s')
}
