import OpenAI, { APIError } from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import type {
  ChatCompletion,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
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

type Messages = readonly ChatCompletionMessageParam[]

const tools: ChatCompletionFunctionTool[] = [{ type: 'function', function: weather }]

/** The `openai` package and its chat completions. */
export const openAiChat: ClientKind = {
  client: 'openai',
  open: (place) => new OpenAiChat(openAiAt(place)),
  words: { stop: 'stop', toolCalls: 'tool_calls' },
  breaksOff: 'throws',
}

export function openAiAt({ url, traceparent, apiKey = 'sk-nobody' }: GatewayPlace): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, defaultHeaders: { traceparent } })
}

export function openAiFault(error: unknown): Fault {
  return {
    isOwn: error instanceof APIError,
    status: error instanceof APIError ? error.status : undefined,
    message: String(error),
  }
}

class OpenAiChat implements GatewayClient {
  readonly faultOf = openAiFault
  readonly #client: OpenAI

  constructor(client: OpenAI) {
    this.#client = client
  }

  async ask(model: string): Promise<Said> {
    const messages = [{ role: 'user' as const, content: question }]
    return saidIn(await this.#client.chat.completions.create({ model, messages }))
  }

  async stream(model: string, options: StreamOptions = {}): Promise<Said> {
    const messages = [{ role: 'user' as const, content: question }]
    const { said } = await this.#stream(model, messages, options)
    return said
  }

  async useTools(model: string, mode: Mode): Promise<readonly Said[]> {
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: toolQuestion }]
    const first = await this.#turn(model, messages, mode)
    messages.push(first.message)
    for (const call of first.message.tool_calls ?? []) {
      if (call.type !== 'function') throw new Error(`a call of the type ${call.type}`)
      const content = weatherIn(JSON.parse(call.function.arguments))
      messages.push({ role: 'tool', tool_call_id: call.id, content })
    }
    const second = await this.#turn(model, messages, mode)
    return [first.said, second.said]
  }

  async fillForm(model: string): Promise<unknown> {
    const City = z.object({ city: z.string(), people: z.number() })
    const { choices } = await this.#client.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: question }],
      response_format: zodResponseFormat(City, 'city'),
    })
    return choices[0]?.message.parsed
  }

  async #turn(model: string, messages: Messages, mode: Mode) {
    if (mode === 'stream') return this.#stream(model, messages, { tools })
    const asked = { model, messages: [...messages], tools }
    const reply = await this.#client.chat.completions.create(asked)
    return { message: messageIn(reply), said: saidIn(reply) }
  }

  async #stream(
    model: string,
    messages: Messages,
    { signal, onText, tools: given }: StreamOptions & { readonly tools?: typeof tools },
  ) {
    const asked = {
      model,
      messages: [...messages],
      stream_options: { include_usage: true },
      ...(given ? { tools: given } : {}),
    }
    const stream = this.#client.chat.completions.stream(asked, signalled(signal))
    const finishes: string[] = []
    let text = ''
    for await (const { choices } of stream) {
      for (const { delta, finish_reason: finish } of choices) {
        text += delta.content ?? ''
        onText?.(delta.content ?? '')
        if (finish !== null) finishes.push(finish)
      }
    }
    const reply = await stream.finalChatCompletion()
    return { message: messageIn(reply), said: { ...saidIn(reply), text, finishes } }
  }
}

function messageIn({ choices: [choice] }: ChatCompletion) {
  if (!choice) throw new Error('a reply without a choice')
  return choice.message
}

function saidIn(reply: ChatCompletion): Said {
  const { usage, choices } = reply
  const { content, tool_calls: calls = [] } = messageIn(reply)
  return {
    text: content ?? '',
    finishes: choices.map(({ finish_reason: finish }) => finish),
    usage: {
      input: usage?.prompt_tokens,
      output: usage?.completion_tokens,
      cached: usage?.prompt_tokens_details?.cached_tokens,
      reasoning: usage?.completion_tokens_details?.reasoning_tokens,
    },
    calls: calls.flatMap((call) =>
      call.type === 'function'
        ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) }]
        : [],
    ),
  }
}
