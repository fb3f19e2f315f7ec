/**
 * A model provider as a process of its own that answers at once and counts: who asked how often, by
 * the key under which a question may be repeated, and how many questions it had in hand at a time.
 */
import { createServer, type ServerResponse } from 'node:http'

const keys = new Map<string, number>()
let inHand = 0
let mostInHand = 0

const body = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'It depends.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 500, completion_tokens: 150, total_tokens: 650 },
})
const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

const server = createServer((request, response) => {
  inHand += 1
  mostInHand = Math.max(mostInHand, inHand)
  const key = String(request.headers['idempotency-key'] ?? '')
  keys.set(key, (keys.get(key) ?? 0) + 1)
  request.resume().once('end', () => answer(response))
})
server.keepAliveTimeout = 60_000

/** A turn of the loop later, so that all that has come by then is in hand at once. */
function answer(response: ServerResponse): void {
  setImmediate(() => {
    inHand -= 1
    response.writeHead(200, head).end(body)
  })
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
})
process.on('message', () => {
  const asked = [...keys.values()].reduce((sum, count) => sum + count, 0)
  process.send?.({ asked, keys: keys.size, mostInHand })
})
process.once('disconnect', () => process.exit())
