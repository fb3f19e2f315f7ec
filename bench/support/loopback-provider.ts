import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** OpenAI's chat completions on a loopback port: every request gets the same answer. */
export interface LoopbackProvider extends AsyncDisposable {
  readonly port: number
  /** What `OPENAI_BASE_URL` is to be. */
  readonly baseUrl: string
  /** Requests answered so far. */
  readonly answered: number
  /** How long it thinks before it answers. */
  thinkMs: number
}

const answer = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_750_000_000,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'It depends. '.repeat(50), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 500, completion_tokens: 150, total_tokens: 650 },
})

/** Starts it in this process: what it costs is part of every figure, direct or not. */
export async function startLoopbackProvider(): Promise<LoopbackProvider> {
  const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }
  const provider = { thinkMs: 0, answered: 0 }
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      void think(provider.thinkMs).then(() => {
        provider.answered += 1
        response.writeHead(200, head).end(answer)
      })
    })
  })
  // Keep-alive connections of the direct load are closed by the load itself.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  return Object.assign(provider, {
    port,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  })
}

function think(milliseconds: number): Promise<unknown> {
  return milliseconds > 0 ? sleep(milliseconds) : Promise.resolve()
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The provider has no port')
  return address.port
}
