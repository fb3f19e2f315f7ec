import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApp } from '../../support/app.ts'
import { send, type Sent } from '../../support/http-request.ts'
import { sweep, type Mounted } from '../sweep.ts'
import { openScanStage, type ScanStage } from './key-scan-stage.ts'

/** A secret, cut up for the search: made once, since it is looked for in thousands of texts. */
interface Hunted {
  /** Its first eight and dots: documented to be shown. */
  readonly shown: string
  /** A text that holds none of these shorter pieces holds none of the others. */
  readonly hints: readonly string[]
  readonly pieces: readonly string[]
}

function hunt(secret: string): Hunted {
  const hidden = secret.replace(/^(?:pharos|ck)_/, '')
  // Ids are hexadecimal as well: eight digits of a key are among a million others by chance.
  const length = /^[\da-f]+$/.test(hidden) ? 10 : 8
  const pieces = windowsOf(hidden, length)
  // So far apart that each piece has one of them in it.
  const hintLength = 6
  const stride = length - hintLength + 1
  const hints = windowsOf(hidden, hintLength).filter((_hint, at) => at % stride === 0)
  return { shown: `${secret.slice(0, 8)}...`, hints, pieces }
}

function windowsOf(text: string, length: number): string[] {
  return Array.from({ length: text.length - length + 1 }, (_, at) => text.slice(at, at + length))
}

/** Pieces of secrets in a text, one of each. */
function piecesIn(text: string, secrets: readonly Hunted[]): string[] {
  return secrets.flatMap(({ shown, hints, pieces }) => {
    if (!hints.some((hint) => text.includes(hint))) return []
    const rest = text.replaceAll(shown, '')
    return pieces.filter((piece) => rest.includes(piece)).slice(0, 1)
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
  let hunted: readonly Hunted[]
  let mounted: readonly Mounted[]
  let leaks: string[] = []
  let scanned = 0
  beforeAll(async () => {
    stage = await openScanStage('sqlite')
    hunted = stage.secrets.map(hunt)
    await using other = await startTestApp()
    mounted = other.app.mounted
  }, 60_000)
  afterAll(() => stage[Symbol.asyncDispose]())

  function scan(where: string, text: string): void {
    scanned += 1
    const texts = [text, ...stringsOf(parsed(text))].join('\n')
    leaks.push(...piecesIn(texts, hunted).map((piece) => `${where}: ${piece}`))
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
      await sweep(reading, () => async (route, agent) => {
        for (const path of addressesOf(route, stage.params)) {
          statuses.add(await ask(who, { path, agent }))
        }
      })
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
      const changing = mounted.filter(({ method }) => method !== 'GET')
      await sweep(changing, () => async (route, agent) => {
        const { method } = route
        const path = addressesOf(route, {})[0] ?? '/'
        for (const body of ['{', '[]', '{}', '{"request":{},"spans":[{}],"name":7}']) {
          await ask(who, { method, path, headers: json, body, agent })
        }
        await ask(who, { method, path, body: 'text', agent })
      })
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
    const missed = hunted.flatMap(({ pieces }) =>
      pieces.filter((one) => !piecesIn(`~${one}~`, hunted).includes(one)),
    )
    expect(missed).toEqual([])
    expect(hunted.flatMap(({ pieces }) => pieces).length).toBeGreaterThan(200)
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
