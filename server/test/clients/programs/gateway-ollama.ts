import { Ollama, type ChatResponse, type Message, type Tool } from 'ollama'
import { z } from 'zod'
import {
  question,
  toolQuestion,
  weather,
  weatherIn,
  type ClientKind,
  type Fault,
  type GatewayClient,
  type GatewayPlace,
  type Mode,
  type Said,
  type StreamOptions,
} from '../gateway-client.ts'

type Messages = readonly Message[]

const { parameters, ...described } = weather
const tools: Tool[] = [
  {
    type: 'function',
    function: {
      ...described,
      parameters: { ...parameters, required: [...parameters.required] },
    },
  },
]

/** The `ollama` package. */
export const ollamaChat: ClientKind = {
  client: 'ollama',
  open: (place) => new OllamaChat(place),
  // The dialect has no word of its own for an end at which tools are called.
  words: { stop: 'stop', toolCalls: 'stop' },
  tellsShares: false,
  breaksOff: 'throws',
}

class OllamaChat implements GatewayClient {
  readonly #client: Ollama

  constructor({ url, traceparent, apiKey = 'sk-nobody' }: GatewayPlace) {
    const headers = { traceparent, authorization: `Bearer ${apiKey}` }
    this.#client = new Ollama({ host: url, headers })
  }

  async ask(model: string): Promise<Said> {
    const messages = [{ role: 'user', content: question }]
    return saidIn([await this.#client.chat({ model, messages })])
  }

  async stream(model: string, options: StreamOptions = {}): Promise<Said> {
    const lines = await this.#stream(model, [{ role: 'user', content: question }], options)
    return saidIn(lines)
  }

  async useTools(model: string, mode: Mode): Promise<readonly Said[]> {
    const messages: Message[] = [{ role: 'user', content: toolQuestion }]
    const first = await this.#turn(model, messages, mode)
    const calls = first.flatMap(({ message }) => message.tool_calls ?? [])
    messages.push({ role: 'assistant', content: '', tool_calls: calls })
    for (const { function: called } of calls) {
      const content = weatherIn(called.arguments)
      messages.push({ role: 'tool', tool_name: called.name, content })
    }
    const second = await this.#turn(model, messages, mode)
    return [saidIn(first), saidIn(second)]
  }

  /** As the package's own example does it: the schema is made by Zod and the text read by it. */
  async fillForm(model: string): Promise<unknown> {
    const City = z.object({ city: z.string(), people: z.number() })
    const { message } = await this.#client.chat({
      model,
      messages: [{ role: 'user', content: question }],
      format: z.toJSONSchema(City),
    })
    return City.parse(JSON.parse(message.content))
  }

  /** Its own class is not exported; what breaks a stream off is a plain error with the words. */
  faultOf(error: unknown): Fault {
    const isError = error instanceof Error
    const status = isError && 'status_code' in error ? Number(error.status_code) : undefined
    const isOwn = isError && (error.name === 'ResponseError' || error.constructor === Error)
    return { isOwn, status, message: String(error) }
  }

  async #turn(model: string, messages: Messages, mode: Mode): Promise<readonly ChatResponse[]> {
    if (mode === 'stream') return this.#stream(model, messages, { tools })
    return [await this.#client.chat({ model, messages: [...messages], tools })]
  }

  async #stream(
    model: string,
    messages: Messages,
    { signal, onText, tools: given }: StreamOptions & { readonly tools?: Tool[] },
  ): Promise<readonly ChatResponse[]> {
    const asked = { model, messages: [...messages], ...(given ? { tools: given } : {}) }
    const stream = await this.#client.chat({ ...asked, stream: true })
    signal?.addEventListener('abort', () => this.#client.abort(), { once: true })
    const lines: ChatResponse[] = []
    for await (const line of stream) {
      lines.push(line)
      onText?.(line.message.content)
    }
    return lines
  }
}

function saidIn(lines: readonly ChatResponse[]): Said {
  const last = lines.at(-1)
  return {
    text: lines.map(({ message }) => message.content).join(''),
    finishes: lines.flatMap(({ done, done_reason: reason }) => (done ? [reason] : [])),
    usage: { input: last?.prompt_eval_count, output: last?.eval_count },
    calls: lines.flatMap(({ message }) =>
      (message.tool_calls ?? []).map((call) => ({
        name: call.function.name,
        arguments: call.function.arguments,
      })),
    ),
  }
}
