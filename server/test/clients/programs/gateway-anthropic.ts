import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import type { Message, MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages'
import { z } from 'zod'
import {
  question,
  signalled,
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

type Messages = readonly MessageParam[]

const maxTokens = 64
const { parameters, ...described } = weather
const tools: Tool[] = [
  { ...described, input_schema: { ...parameters, required: [...parameters.required] } },
]

/** The `@anthropic-ai/sdk` package. */
export const anthropicMessages: ClientKind = {
  client: '@anthropic-ai/sdk',
  open: (place) => new AnthropicMessages(place),
  words: { stop: 'end_turn', toolCalls: 'tool_use' },
  breaksOff: 'throws',
}

class AnthropicMessages implements GatewayClient {
  readonly #client: Anthropic

  constructor({ url, traceparent, apiKey = 'sk-nobody' }: GatewayPlace) {
    this.#client = new Anthropic({ baseURL: url, apiKey, defaultHeaders: { traceparent } })
  }

  async ask(model: string): Promise<Said> {
    const messages: MessageParam[] = [{ role: 'user', content: question }]
    const asked = { model, max_tokens: maxTokens, messages }
    return saidIn(await this.#client.messages.create(asked))
  }

  async stream(model: string, options: StreamOptions = {}): Promise<Said> {
    const { said } = await this.#stream(model, [{ role: 'user', content: question }], options)
    return said
  }

  async useTools(model: string, mode: Mode): Promise<readonly Said[]> {
    const messages: MessageParam[] = [{ role: 'user', content: toolQuestion }]
    const first = await this.#turn(model, messages, mode)
    const { content } = first.message
    const results = content.flatMap((block) =>
      block.type === 'tool_use'
        ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: weatherIn(block.input) }]
        : [],
    )
    messages.push({ role: 'assistant', content }, { role: 'user', content: results })
    const second = await this.#turn(model, messages, mode)
    return [first.said, second.said]
  }

  async fillForm(model: string): Promise<unknown> {
    const City = z.object({ city: z.string(), people: z.number() })
    const message = await this.#client.messages.parse({
      model,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: question }],
      output_config: { format: zodOutputFormat(City) },
    })
    return message.parsed_output
  }

  faultOf(error: unknown): Fault {
    return {
      isOwn: error instanceof APIError,
      status: error instanceof APIError ? error.status : undefined,
      message: String(error),
    }
  }

  async #turn(model: string, messages: Messages, mode: Mode) {
    if (mode === 'stream') return this.#stream(model, messages, { tools })
    const asked = { model, max_tokens: maxTokens, messages: [...messages], tools }
    const message = await this.#client.messages.create(asked)
    return { message, said: saidIn(message) }
  }

  async #stream(
    model: string,
    messages: Messages,
    { signal, onText, tools: given }: StreamOptions & { readonly tools?: Tool[] },
  ) {
    const asked = {
      model,
      max_tokens: maxTokens,
      messages: [...messages],
      ...(given ? { tools: given } : {}),
    }
    const stream = this.#client.messages.stream(asked, signalled(signal))
    const finishes: string[] = []
    let text = ''
    for await (const event of stream) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
        text += event.delta.text
        onText?.(event.delta.text)
      }
      if (event.type === 'message_delta') finishes.push(String(event.delta.stop_reason))
    }
    const message = await stream.finalMessage()
    return { message, said: { ...saidIn(message), text, finishes } }
  }
}

/** Cached tokens stand beside the input in this dialect. */
function saidIn({ content, stop_reason: reason, usage }: Message): Said {
  const cached = usage.cache_read_input_tokens ?? 0
  return {
    text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
    finishes: [reason],
    usage: {
      input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens,
      cached,
      reasoning: usage.output_tokens_details?.thinking_tokens,
    },
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
    ),
  }
}
