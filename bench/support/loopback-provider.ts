import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from './sample-text.ts'

/** OpenAI's chat completions on a loopback port. Each answer tells how long it was thought about. */
export interface LoopbackProvider extends AsyncDisposable {
  readonly port: number
  /** What `OPENAI_BASE_URL` is to be. */
  readonly baseUrl: string
  /** How long it thinks: at least and at most, evenly spread so that askers do not keep in step. */
  thinkMs: readonly [number, number]
}

const text = 'It depends. '.repeat(50)

function answerAfter(thoughtMs: number): string {
  return JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'gpt-4o-mini',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: `${text}${mark}${thoughtMs} ms`, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 500, completion_tokens: 150, total_tokens: 650 },
  })
}

const mark = 'Thought for '
const thought = /Thought for ([\d.e-]+) ms/

/** How long the provider thought about an answer, however it was passed on. */
export function thoughtMsOf(body: Buffer): number {
  const [, milliseconds] = thought.exec(body.toString('latin1')) ?? []
  if (milliseconds === undefined) throw new Error(`No answer of the provider: ${String(body)}`)
  return Number(milliseconds)
}

/** Starts it in this process: what it costs is part of every figure, direct or not. */
export async function startLoopbackProvider(): Promise<LoopbackProvider> {
  const random = seededRandom(7)
  const mind: Pick<LoopbackProvider, 'thinkMs'> = { thinkMs: [0, 0] }
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const startedMs = performance.now()
      const [least, most] = mind.thinkMs
      void think(least + random() * (most - least)).then(() => {
        const answer = answerAfter(performance.now() - startedMs)
        const length = Buffer.byteLength(answer)
        const head = { 'content-type': 'application/json', 'content-length': length }
        response.writeHead(200, head).end(answer)
      })
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  return Object.assign(mind, {
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
