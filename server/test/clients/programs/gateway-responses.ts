import type OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import type {
  FunctionTool,
  Response,
  ResponseInput,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses'
import { z } from 'zod'
import {
  question,
  signalled,
  toolQuestion,
  weather,
  weatherIn,
  type ClientKind,
  type GatewayClient,
  type Mode,
  type Said,
  type StreamOptions,
} from '../gateway-client.ts'
import { openAiAt, openAiFault } from './gateway-openai.ts'

const tools: FunctionTool[] = [{ type: 'function', strict: null, ...weather }]

/** The `openai` package and its responses. */
export const openAiResponses: ClientKind = {
  client: 'openai (responses)',
  open: (place) => new OpenAiResponses(openAiAt(place)),
  words: { stop: 'completed', toolCalls: 'completed' },
  breaksOff: 'tells',
}

class OpenAiResponses implements GatewayClient {
  readonly faultOf = openAiFault
  readonly #client: OpenAI

  constructor(client: OpenAI) {
    this.#client = client
  }

  async ask(model: string): Promise<Said> {
    return saidIn(await this.#client.responses.create({ model, input: question }))
  }

  async stream(model: string, options: StreamOptions = {}): Promise<Said> {
    const { said } = await this.#stream(model, question, options)
    return said
  }

  /** The whole conversation goes along each time: nothing is kept for a later turn. */
  async useTools(model: string, mode: Mode): Promise<readonly Said[]> {
    const input: ResponseInput = [{ role: 'user', content: toolQuestion }]
    const first = await this.#turn(model, input, mode)
    for (const item of first.response.output) {
      if (item.type !== 'message' && item.type !== 'function_call') continue
      input.push(item)
    }
    for (const item of first.response.output) {
      if (item.type !== 'function_call') continue
      const output = weatherIn(JSON.parse(item.arguments))
      input.push({ type: 'function_call_output', call_id: item.call_id, output })
    }
    const second = await this.#turn(model, input, mode)
    return [first.said, second.said]
  }

  async fillForm(model: string): Promise<unknown> {
    const City = z.object({ city: z.string(), people: z.number() })
    const response = await this.#client.responses.parse({
      model,
      input: question,
      text: { format: zodTextFormat(City, 'city') },
    })
    return response.output_parsed
  }

  async #turn(model: string, input: ResponseInput, mode: Mode) {
    if (mode === 'stream') return this.#stream(model, input, { tools })
    const response = await this.#client.responses.create({ model, input, tools, store: false })
    return { response, said: saidIn(response) }
  }

  async #stream(
    model: string,
    input: string | ResponseInput,
    { signal, onText, tools: given }: StreamOptions & { readonly tools?: FunctionTool[] },
  ) {
    const asked = { model, input, ...(given ? { tools: given, store: false } : {}) }
    const stream = this.#client.responses.stream(asked, signalled(signal))
    const finishes: string[] = []
    let text = ''
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') {
        text += event.delta
        onText?.(event.delta)
      }
      const finish = finishOf(event)
      if (finish !== undefined) finishes.push(finish)
    }
    const response = await stream.finalResponse()
    return { response, said: { ...saidIn(response), text, finishes } }
  }
}

const lastEvents: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
])

function finishOf(event: { readonly type: ResponseStreamEvent['type'] }): string | undefined {
  return lastEvents.has(event.type) ? event.type.replace('response.', '') : undefined
}

function saidIn({ output, output_text: text, status, usage }: Response): Said {
  return {
    text,
    finishes: [status],
    usage: {
      input: usage?.input_tokens,
      output: usage?.output_tokens,
      cached: usage?.input_tokens_details.cached_tokens,
      reasoning: usage?.output_tokens_details.reasoning_tokens,
    },
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ name: item.name, arguments: JSON.parse(item.arguments) }]
        : [],
    ),
  }
}
