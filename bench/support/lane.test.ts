import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Lane } from './lane.ts'

const large = 'x'.repeat(3_000_000)
let server: Server
let port: number

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = request.url === '/large' ? large : `got ${request.url}`
    response.statusCode = request.url === '/missing' ? 404 : 200
    // Without a length Node answers in chunks.
    if (request.url !== '/chunked') response.setHeader('content-length', body.length)
    response.write(body.slice(0, 5))
    setImmediate(() => response.end(body.slice(5)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('exchanges several requests on one connection, to the last byte of each reply', async () => {
  using lane = await Lane.open(port)
  expect((await lane.get('/one')).toString()).toBe('got /one')
  expect((await lane.get('/large')).toString()).toBe(large)
  expect((await lane.get('/two')).toString()).toBe('got /two')
})

it('reads a reply in chunks to its end, as it was sent', async () => {
  using lane = await Lane.open(port)
  expect((await lane.get('/chunked')).toString()).toBe('5\r\ngot /\r\n7\r\nchunked\r\n0\r\n\r\n')
  expect((await lane.get('/one')).toString()).toBe('got /one')
})

it('fails on a refusal and on a second request at a time', async () => {
  using lane = await Lane.open(port)
  await expect(lane.get('/missing')).rejects.toThrow('GET /missing: 404 got /missing')
  const first = lane.get('/one')
  await expect(lane.get('/two')).rejects.toThrow('The lane is taken')
  expect((await first).toString()).toBe('got /one')
})
