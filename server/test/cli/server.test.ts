import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { beaconSpan, beaconTrace, writeBeaconDatabase } from '../support/beacon-file.ts'
import { makeHome, type Home, type RunningServer } from './pharos.ts'

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home[Symbol.asyncDispose]())

const spanBody = (spanId: string): string =>
  JSON.stringify({
    spans: [
      { span_id: spanId, trace_id: 'trace', span_type: 'custom', name: 'late', start_time: 1 },
    ],
  })

/** A post of which the server has seen only a part; `finish` sends the rest. */
async function postHalf(url: string, body: string) {
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
  const post = request(`${url}/v1/spans`, { method: 'POST', headers, agent: false })
  const reply = once(post, 'response')
  reply.catch(() => undefined)
  post.on('error', () => undefined)
  const { promise: written, resolve } = Promise.withResolvers<void>()
  post.write(body.slice(0, 10), () => resolve())
  await written
  // By the answer to a request behind it on another connection the first has been taken up.
  await fetch(`${url}/health`)
  return {
    async finish(): Promise<{ status: number | undefined; body: unknown }> {
      post.end(body.slice(10))
      const [message] = await reply
      return { status: message.statusCode, body: await json(message) }
    },
  }
}

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function stopsListening({ url }: RunningServer): Promise<void> {
  while (await isListening(url)) await sleep(10)
}

const Listed = z.object({ total: z.number(), traces: z.array(z.object({ name: z.string() })) })
const Counted = z.object({ total_traces: z.number(), total_spans: z.number() })

async function ask<T>({ url }: RunningServer, path: string, shape: z.ZodType<T>): Promise<T> {
  return shape.parse(await (await fetch(url + path)).json())
}

describe('the server process', () => {
  it('says first where it is ready and answers there', async () => {
    await using server = await home.start()
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
    server.signal('SIGTERM')
    const { stdout, stderr } = await server.ended
    expect(stdout).toContain(`Pharos is ready at ${server.url}\n`)
    expect(stdout).toContain(home.dataDir)
    expect(stderr).toBe('')
  })

  it('keeps its compiled code for the next start, even when it is killed', async () => {
    const cache = join(home.dir, 'compiled')
    await using server = await home.start([], { NODE_COMPILE_CACHE: cache })
    await fetch(`${server.url}/health`)
    server.signal('SIGKILL')
    await server.ended
    expect((await readdir(cache, { recursive: true })).length).toBeGreaterThan(500)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers what is under way when it hears %s, then ends well',
    async (signal) => {
      await using server = await home.start()
      const post = await postHalf(server.url, spanBody('late'))
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/live`)
      await once(socket, 'open')
      const closed = once(socket, 'close')
      server.signal(signal)
      await stopsListening(server)
      const [code] = await closed
      expect(code).toBe(1001)
      expect(await post.finish()).toEqual({ status: 200, body: { accepted: 1, rejected: 0 } })
      expect(await server.ended).toMatchObject({ code: 0, signal: null, stderr: '' })

      await using next = await home.start()
      expect((await fetch(`${next.url}/v1/spans/late`)).status).toBe(200)
    },
  )

  it('ends at once at the second signal', async () => {
    await using server = await home.start()
    await postHalf(server.url, spanBody('never'))
    server.signal('SIGTERM')
    await stopsListening(server)
    server.signal('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 130 })
  })

  it('refuses a port that is taken', async () => {
    await using server = await home.start()
    const { port } = new URL(server.url)
    const other = ['--data-dir', `${home.dir}/other`, '--port', port]
    expect(await home.run(other)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `pharos: port ${port} is already in use on 127.0.0.1\n`,
    })
  })

  it('is alone on its folder, until it is killed', async () => {
    await using server = await home.start()
    const inUse = `pharos: The data folder ${home.dataDir} is in use by process ${server.pid}\n`
    for (const args of [['--port', '0'], ['migrate']]) {
      expect(await home.run(args)).toMatchObject({ code: 1, stdout: '', stderr: inUse })
    }
    server.signal('SIGKILL')
    await server.ended
    await using next = await home.start()
    expect((await fetch(`${next.url}/health`)).status).toBe(200)
  })

  it('fills the store with the demo once', async () => {
    const start = () => home.start(['--demo'])
    let before: z.infer<typeof Counted>
    {
      await using server = await start()
      before = await ask(server, '/v1/stats', Counted)
      const { traces } = await ask(server, '/v1/traces', Listed)
      expect(traces.length).toBeGreaterThan(0)
      for (const { name } of traces) expect(name).toMatch(/^Demo: /)
      server.signal('SIGTERM')
      await server.ended
    }
    await using server = await start()
    expect(await ask(server, '/v1/stats', Counted)).toEqual(before)
  })

  it('takes over the traces that Beacon left in the home folder', async () => {
    await mkdir(join(home.dir, '.beacon'))
    const traces = Array.from({ length: 120 }, (_, index) => `old-${index}`)
    writeBeaconDatabase(join(home.dir, '.beacon/traces.db'), 'newest', {
      traces: traces.map((traceId) => beaconTrace(traceId)),
      spans: traces.map((traceId) => beaconSpan(`${traceId}-1`, traceId)),
    })
    await using server = await home.start()
    while ((await ask(server, '/v1/stats', Counted)).total_traces < traces.length) await sleep(20)
    expect(await ask(server, '/v1/stats', Counted)).toEqual({ total_traces: 120, total_spans: 120 })
  })
})
