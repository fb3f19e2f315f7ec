import { headEnd, Lane } from './lane.ts'

export interface CompletionAsk {
  readonly model: string
  readonly prompt: string
  /** How many to generate; a reply with fewer is a failure. */
  readonly tokens: number
}

/** A whole HTTP request of a streamed completion, as any OpenAI client sends it. */
function completionRequest({ model, prompt, tokens }: CompletionAsk): Buffer {
  const body = JSON.stringify({
    model,
    prompt,
    max_tokens: tokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  })
  return post('/v1/completions', body)
}

function post(path: string, body: string): Buffer {
  const headers = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${headers.join('\r\n')}${headEnd}${body}`)
}

/** Posts JSON and gives the reply's body; throws for a status that is no success. */
export async function postJson(port: number, path: string, body: object): Promise<string> {
  using lane = await Lane.open(port)
  const reply = await lane.exchange(post(path, JSON.stringify(body)))
  if (reply.status < 300) return String(reply.body)
  throw new Error(`POST ${path}: ${reply.status} ${String(reply.body)}`)
}

/** Asks once on a connection of its own and reads the stream to its end; gives the seconds. */
export async function askCompletion(port: number, ask: CompletionAsk): Promise<number> {
  using lane = await Lane.open(port)
  const request = completionRequest(ask)
  const startedMs = performance.now()
  const { status, body } = await lane.exchange(request)
  const seconds = (performance.now() - startedMs) / 1000
  const text = body.toString()
  const [, generated] = /"completion_tokens":(\d+)/.exec(text) ?? []
  if (status === 200 && Number(generated) === ask.tokens && text.includes('[DONE]')) return seconds
  throw new Error(`A completion was answered with ${status} ${text.slice(-500)}`)
}
