import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { StreamLane } from './stream-lane.ts'

const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const end = '\r\n0\r\n\r\n'
const request = Buffer.from('GET / HTTP/1.1\r\n\r\n')

async function laneTo(answer: (socket: Socket) => void): Promise<StreamLane> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return StreamLane.open(address.port)
}

test('frames are counted and their gaps compared with the gaps of whoever wrote them', async () => {
  using lane = await laneTo((socket) => {
    socket.write(`${head}word1 @10.5@ wor`)
    setImmediate(() => socket.write(`d2 @11.5@ word3 @11.5@${end}`))
  })
  const { frames, addedGapsMs, isWhole } = await lane.exchange(request)
  expect({ frames, gaps: addedGapsMs.length, isWhole }).toEqual({
    frames: 3,
    gaps: 2,
    isWhole: true,
  })
  // The last two were written and read at once.
  expect(addedGapsMs[1]).toBe(0)
})

test('a stream is left after so many frames', async () => {
  using lane = await laneTo((socket) => socket.write(`${head}word1 @1@ word2 @1@`))
  expect(await lane.exchange(request, 2)).toMatchObject({ frames: 2, isWhole: false })
})

test('a frame that is missing is told', async () => {
  using lane = await laneTo((socket) => socket.write(`${head}word1 @1@ word3 @1@${end}`))
  await expect(lane.exchange(request)).rejects.toThrow('Frame 3 came where 2 was due')
})

test('a reply that is no stream is told', async () => {
  using lane = await laneTo((socket) => socket.write('HTTP/1.1 503 Busy\r\n\r\n'))
  await expect(lane.exchange(request)).rejects.toThrow('No stream: HTTP/1.1 503')
})

test('a stream that breaks off is told', async () => {
  using lane = await laneTo((socket) => socket.end(`${head}word1 @1@`))
  await expect(lane.exchange(request)).rejects.toThrow('The stream broke off')
})
