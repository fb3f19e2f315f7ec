import { Lane } from './lane.ts'
import { SampleText } from './sample-text.ts'
import { StreamLane, type StreamSeen } from './stream-lane.ts'

export const gatewayModel = 'openai/gpt-4o-mini'
const promptCharacters = 2_000

export interface ChatRequest {
  readonly model: string
  readonly isStream?: boolean
  /** How long the provider waits between two events; written into the prompt, where it looks. */
  readonly paceMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** A whole HTTP request of a chat, as any OpenAI client sends it. */
export function chatRequest({ model, isStream = false, paceMs = 0, headers = {} }: ChatRequest) {
  const prompt = `pace=${paceMs}ms ${SampleText.load(5).piece(promptCharacters)}`
  const messages = [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: prompt },
  ]
  const options = isStream ? { stream: true, stream_options: { include_usage: true } } : {}
  const body = JSON.stringify({ model, messages, temperature: 1, ...options })
  const all = {
    host: '127.0.0.1',
    authorization: 'Bearer sk-bench-client-key',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST /v1/chat/completions HTTP/1.1\r\n${head.join('')}\r\n${body}`)
}

/** Asks on so many connections, one request at a time on each, and gives what each took. */
export async function askChats(
  port: number,
  request: Buffer,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<number[]> {
  const tookMs: number[] = []
  const untilMs = performance.now() + seconds * 1000
  const run = async (): Promise<void> => {
    using lane = await Lane.open(port)
    while (performance.now() < untilMs) {
      const startedMs = performance.now()
      const { status, body } = await lane.exchange(request)
      if (status !== 200) throw new Error(`A chat was answered with ${status} ${String(body)}`)
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: connections }, run))
  return tookMs
}

/** Reads streams on so many connections, one at a time on each, and gives what was seen of each. */
export async function askStreams(
  port: number,
  request: Buffer,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<StreamSeen[]> {
  const streams: StreamSeen[] = []
  const untilMs = performance.now() + seconds * 1000
  const run = async (): Promise<void> => {
    using lane = await StreamLane.open(port)
    while (performance.now() < untilMs) streams.push(await lane.exchange(request))
  }
  await Promise.all(Array.from({ length: connections }, run))
  return streams
}

/** Reads so many streams on one connection, one after the other. */
export async function askStreamOn(
  port: number,
  request: Buffer,
  times: number,
): Promise<StreamSeen[]> {
  using lane = await StreamLane.open(port)
  const streams: StreamSeen[] = []
  for (let time = 0; time < times; time += 1) streams.push(await lane.exchange(request))
  return streams
}
