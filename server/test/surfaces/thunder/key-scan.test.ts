import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApp, type TestApp } from '../../support/app.ts'
import { send, type Sent } from '../../support/http-request.ts'
import { openScanStage, type ScanStage } from './key-scan-stage.ts'

type Mounted = TestApp['app']['mounted'][number]

/** Pieces of secrets in a text. What is documented to be shown, the first eight and dots, is none. */
function piecesIn(text: string, secrets: readonly string[]): string[] {
  return secrets.flatMap((secret) => {
    const rest = text.replaceAll(`${secret.slice(0, 8)}...`, '')
    const hidden = secret.replace(/^(?:pharos|ck)_/, '')
    // Ids are hexadecimal as well: eight digits of a key are among a million others by chance.
    const length = /^[\da-f]+$/.test(hidden) ? 10 : 8
    const windows = Array.from({ length: hidden.length - length + 1 }, (_, at) =>
      hidden.slice(at, at + length),
    )
    return windows.filter((piece) => rest.includes(piece)).slice(0, 1)
  })
}

/** Strings of a JSON value, names included, as they are behind their escapes. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...nestedIn(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => [key, ...stringsOf(member)])
}

/** Attributes of spans may be JSON texts themselves. */
function nestedIn(text: string): string[] {
  return /^[[{]/.test(text) ? stringsOf(parsed(text)) : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Queries that make more of a route's reply, and such that it refuses. */
const queries: Readonly<Record<string, readonly string[]>> = {
  '/logs': ['source=all', 'q=prime', 'q=guide', 'q=wrong', 'collection_id=1', 'limit=x'],
  '/v1/search': ['q=prime', 'q=guide', 'q=wrong', 'q=engine', 'q='],
  '/v1/traces': ['limit=100', 'limit=x', 'name=thunder'],
  '/v1/traces/export': ['format=csv', 'format=json', 'format=x'],
  '/v1/traces/{trace_id}/export': ['format=csv', 'format=x'],
  '/v1/traces/baseline': ['name=thunder.inference'],
  '/share/{public_token}': ['limit=x'],
  '/playground/activations/{request_id}/feature-deltas': ['other=run'],
}

function addressesOf({ path }: Mounted, params: ScanStage['params']): string[] {
  let addresses = [path]
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    const values = [...(params[name] ?? ['none']), 'unknown']
    addresses = addresses.flatMap((at) => values.map((value) => at.replace(`{${name}}`, value)))
  }
  const asked = ['', ...(queries[path] ?? [])].map((query) => (query === '' ? '' : `?${query}`))
  return addresses.flatMap((at) => asked.map((query) => at + query))
}

describe('A scan of everything that is said to whoever is no admin', () => {
  let stage: ScanStage
  let mounted: readonly Mounted[]
  let leaks: string[] = []
  let scanned = 0
  beforeAll(async () => {
    stage = await openScanStage('sqlite')
    await using other = await startTestApp()
    mounted = other.app.mounted
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  function scan(where: string, text: string): void {
    scanned += 1
    const texts = [text, ...stringsOf(parsed(text))].join('\n')
    leaks.push(...piecesIn(texts, stage.secrets).map((piece) => `${where}: ${piece}`))
  }

  function takeLeaks(): string[] {
    const found = [...new Set(leaks)]
    leaks = []
    return found
  }

  async function ask(who: string, sent: Sent): Promise<number> {
    const key = stage.readers[who]
    const headers = { ...sent.headers, ...(key === undefined ? {} : { 'x-api-key': key }) }
    const { status, text, headers: replied } = await send(stage.server.url, { ...sent, headers })
    const where = `${who} ${sent.method ?? 'GET'} ${sent.path} ${status}`
    scan(where, text)
    scan(`${where}, headers`, JSON.stringify(replied))
    return status
  }

  test.each(['anonymous', 'owner', 'other', 'login', 'engine', 'visit', 'team', 'nobody'])(
    'finds no piece of a key in what can be read: %s',
    async (who) => {
      const statuses = new Set<number>()
      const reading = mounted.filter(({ method, kind }) => method === 'GET' && kind === 'http')
      for (const route of reading) {
        for (const path of addressesOf(route, stage.params)) {
          statuses.add(await ask(who, { path }))
        }
      }
      const crawler = { 'user-agent': 'Twitterbot' }
      for (const token of stage.params['public_token'] ?? []) {
        await ask(who, { path: `/share/request/${token}`, headers: crawler })
      }
      await ask(who, { path: '/playground', headers: crawler })
      expect(statuses).toContain(200)
      expect(takeLeaks()).toEqual([])
    },
    60_000,
  )

  test.each(['anonymous', 'owner', 'engine', 'team', 'nobody'])(
    'finds no piece of a key in what is said about wrong input: %s',
    async (who) => {
      const json = { 'content-type': 'application/json' }
      for (const route of mounted.filter(({ method }) => method !== 'GET')) {
        const path = addressesOf(route, {})[0] ?? '/'
        for (const body of ['{', '[]', '{}', '{"request":{},"spans":[{}],"name":7}']) {
          await ask(who, { method: route.method, path, headers: json, body })
        }
        await ask(who, { method: route.method, path, body: 'text' })
      }
      const key = stage.readers[who]
      for (const path of ['/logs/%00', '/logs/%zz', `/nowhere?api_key=${key ?? ''}`]) {
        await ask(who, { path })
      }
      expect(takeLeaks()).toEqual([])
    },
    60_000,
  )

  test('finds no piece of a key in pictures, whose text stands in no compressed part', async () => {
    const [token = ''] = stage.params['public_token'] ?? []
    for (const path of [`/share/request/${token}/og-image.png`, '/playground/og-image.png']) {
      const reply = await fetch(stage.server.url + path)
      const bytes = Buffer.from(await reply.arrayBuffer())
      scan(path, bytes.toString('latin1'))
      expect(new Set(chunksOf(bytes)).difference(new Set(['IHDR', 'IDAT', 'IEND']))).toEqual(
        new Set(),
      )
    }
    expect(takeLeaks()).toEqual([])
  })

  test('finds no piece of a key in the frames of both sockets', async () => {
    const address = stage.server.url.replace('http', 'ws')
    const frames: string[] = []
    const sockets: WebSocket[] = []
    for (const who of ['owner', 'other', 'visit', 'team']) {
      // A playground key opens nothing outside its own surface.
      for (const path of who === 'visit' ? ['/logs/stream'] : ['/logs/stream', '/ws/live']) {
        const key = encodeURIComponent(stage.readers[who] ?? '')
        const socket = new WebSocket(`${address}${path}?api_key=${key}`)
        await once(socket, 'open')
        socket.on('message', (data: Buffer) => frames.push(`${who} ${path} ${data.toString()}`))
        if (path === '/ws/live') socket.send('{"action":"nonsense"}')
        sockets.push(socket)
      }
    }
    await stage.postLog('told')
    const isTold = (name: string) => frames.some((frame) => frame.startsWith(name))
    const told = ['owner /logs/stream', 'owner /ws/live', 'team /logs/stream', 'team /ws/live']
    await expect.poll(() => told.filter((name) => !isTold(name)), { timeout: 15_000 }).toEqual([])
    for (const frame of frames) scan(frame.slice(0, 30), frame.slice(frame.indexOf('{')))
    for (const socket of sockets) socket.terminate()
    expect(takeLeaks()).toEqual([])
  })

  test('finds no piece of a key in what the process wrote', async () => {
    expect(scanned).toBeGreaterThan(1000)
    stage.server.signal('SIGTERM')
    const { stdout, stderr } = await stage.server.ended
    expect(stderr.split('\n').length).toBeGreaterThan(1000)
    for (const line of [...stdout.split('\n'), ...stderr.split('\n')])
      scan(line.slice(0, 300), line)
    expect(takeLeaks()).toEqual([])
  })

  test('would find one', () => {
    const key = stage.secrets[0] ?? ''
    const piece = key.slice(0, 8)
    scan('here', JSON.stringify({ a: JSON.stringify([`x${piece}y`]) }))
    scan('there', `${key.slice(0, 8)}...`)
    expect(takeLeaks()).toEqual([`here: ${piece}`])
  })
})

/** The kinds of the chunks of a PNG. */
function chunksOf(png: Buffer): string[] {
  const kinds: string[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    kinds.push(png.toString('latin1', at + 4, at + 8))
  }
  return kinds
}
