/**
 * A model provider as a process of its own, so that what it costs is nobody else's. It reads as
 * little of a request as can be: its length, whether it wants a stream, and how it is to be paced.
 */
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { headEnd } from './lane.ts'

const chunkCount = Number(process.env['BENCH_CHUNKS'] ?? 64)
const text = 'It depends. '.repeat(50)

const wholeBody = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 500, completion_tokens: 150, total_tokens: 650 },
})
const whole = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(wholeBody)}${headEnd}${wholeBody}`,
)
const streamHead = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked${headEnd}`

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
})
process.once('disconnect', () => process.exit())

function serve(socket: Socket): void {
  let held = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (let end = endOfRequest(held); end > 0; end = endOfRequest(held)) {
      const request = held.subarray(0, end)
      held = held.subarray(end)
      answer(socket, request)
    }
  })
}

function endOfRequest(bytes: Buffer): number {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return 0
  const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(bytes.toString('latin1', 0, end)) ?? []
  const whole = end + headEnd.length + Number(length)
  return bytes.length >= whole ? whole : 0
}

function answer(socket: Socket, request: Buffer): void {
  if (!request.includes('"stream":true')) {
    socket.write(whole)
    return
  }
  const [, paceMs = '0'] = /pace=(\d+)ms/.exec(request.toString('latin1')) ?? []
  void stream(socket, Number(paceMs))
}

/**
 * Each event leaves in a write of its own; its word tells when, so that a reader knows how long it
 * was on its way. Between two the loop goes round at least once.
 */
async function stream(socket: Socket, paceMs: number): Promise<void> {
  socket.write(streamHead)
  writeChunk(socket, eventOf('{"role":"assistant","content":""}'))
  for (let index = 1; index < chunkCount && !socket.destroyed; index += 1) {
    if (paceMs > 0) await sleep(paceMs)
    else await new Promise(setImmediate)
    writeChunk(socket, eventOf(`{"content":"word${index} @${now()}@ "}`))
  }
  writeChunk(socket, eventOf('{}', 'stop'))
  const usage = { prompt_tokens: 500, completion_tokens: 150, total_tokens: 650 }
  writeChunk(socket, `data: ${JSON.stringify({ ...frame, choices: [], usage })}\n\n`)
  writeChunk(socket, 'data: [DONE]\n\n')
  socket.write('0\r\n\r\n')
}

function now(): string {
  return (performance.timeOrigin + performance.now()).toFixed(3)
}

const frame = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model: 'gpt-4o-mini',
}
const frameText = JSON.stringify(frame).slice(0, -1)

/** Put together as text: the provider shares its cores with the server that is measured. */
function eventOf(deltaText: string, finishReason: string | null = null): string {
  const choice = `{"index":0,"delta":${deltaText},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}`
  return `data: ${frameText},"choices":[${choice}]}\n\n`
}

function writeChunk(socket: Socket, data: string): void {
  socket.write(`${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`)
}
