import { request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { serve, startSample, type SampleAccess } from '../../../test/support/sample-http.ts'
import { DomainError } from '../domain-error.ts'
import type { HttpRoute } from './surface.ts'

const route = {
  method: 'GET',
  path: '/v1/stream',
  access: 'public',
  reply: { 200: { media: 'text/event-stream' } },
} as const satisfies HttpRoute<SampleAccess>

const contentType = 'text/event-stream'

type Pieces = AsyncIterable<string | Uint8Array>

function streaming(pieces: (signal: AbortSignal) => Pieces) {
  return [serve(route, ({ signal }) => ({ status: 200, contentType, stream: pieces(signal) }))]
}

async function open(port: number): Promise<IncomingMessage> {
  const request = httpRequest({ host: '127.0.0.1', port, path: '/v1/stream' })
  request.end()
  const [response]: unknown[] = await once(request, 'response')
  return response as IncomingMessage
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

test('a stream is sent piece by piece, each as soon as it is there', async () => {
  const gate = Promise.withResolvers<void>()
  async function* pieces(): Pieces & AsyncGenerator<string | Uint8Array> {
    yield 'data: one\n\n'
    await gate.promise
    yield Buffer.from('data: two\n\n')
  }
  await using server = await startSample(streaming(pieces))
  const response = await open(server.port)
  expect(response.statusCode).toBe(200)
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
  })
  expect(response.headers['content-encoding']).toBeUndefined()
  const [first]: unknown[] = await once(response, 'data')
  expect(String(first)).toBe('data: one\n\n')
  gate.resolve()
  expect(await textOf(response)).toBe('data: two\n\n')
})

test('what fails before the first piece is answered as an error', async () => {
  const fail = async (): Promise<string> => {
    throw new DomainError('not-found', 'No such thing')
  }
  async function* pieces(): AsyncGenerator<string> {
    yield await fail()
  }
  await using server = await startSample(streaming(pieces))
  const response = await open(server.port)
  expect(response.statusCode).toBe(401)
  expect(await textOf(response)).toContain('No such thing')
})

test('what fails later cuts the connection, so that no end is mistaken for it', async () => {
  const gate = Promise.withResolvers<void>()
  async function* pieces(): AsyncGenerator<string> {
    yield 'data: one\n\n'
    await gate.promise
    throw new Error('broken')
  }
  await using server = await startSample(streaming(pieces))
  const response = await open(server.port)
  gate.resolve()
  await expect(textOf(response)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('a client that leaves stops the stream, which may clean up', async () => {
  const left = Promise.withResolvers<string>()
  async function* pieces(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield 'data: one\n\n'
      await once(signal, 'abort')
    } finally {
      left.resolve('cleaned up')
    }
  }
  await using server = await startSample(streaming(pieces))
  const response = await open(server.port)
  await once(response, 'data')
  response.destroy()
  expect(await left.promise).toBe('cleaned up')
})

test('a client that does not read is not given more than its socket holds', async () => {
  let made = 0
  const stopped = Promise.withResolvers<void>()
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (; made < 4096; made += 1) yield Buffer.alloc(64 * 1024)
    } finally {
      stopped.resolve()
    }
  }
  await using server = await startSample(streaming(pieces))
  const response = await open(server.port)
  await once(response, 'readable')
  await expect.poll(async () => [made, await later(made)]).toSatisfy(standsStill)
  expect(made).toBeLessThan(4096)
  response.destroy()
  await stopped.promise

  async function later(_: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 50))
    return made
  }
})

function standsStill(counts: unknown): boolean {
  return Array.isArray(counts) && counts[0] > 0 && counts[0] === counts[1]
}
