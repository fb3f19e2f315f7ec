import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import {
  AISDKError,
  APICallError,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
  type LanguageModel,
  type LanguageModelUsage,
} from 'ai'
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

type Models = (name: string) => LanguageModel
type ProviderOptions = NonNullable<Asked['providerOptions']>

const words = { stop: 'stop', toolCalls: 'tool-calls' }

/** The `ai` package over three of its providers. */
export const aiSdks: readonly ClientKind[] = [
  {
    client: 'ai with @ai-sdk/openai (chat)',
    open: (place) => new AiSdk((name) => openAiAt(place).chat(name)),
    words,
    breaksOff: 'throws',
  },
  {
    client: 'ai with @ai-sdk/openai (responses)',
    open: (place) => new AiSdk((name) => openAiAt(place).responses(name)),
    words,
    breaksOff: 'throws',
  },
  {
    client: 'ai with @ai-sdk/anthropic',
    open: (place) => new AiSdk((name) => anthropicAt(place)(name)),
    words,
    asksFormsByTool: true,
    breaksOff: 'throws',
  },
]

/** The last of them as it asks for forms when it is told to, which every kind of upstream can. */
export const aiAnthropicForms: ClientKind = {
  client: 'ai with @ai-sdk/anthropic (outputFormat)',
  open: (place) => {
    const providerOptions = { anthropic: { structuredOutputMode: 'outputFormat' } }
    return new AiSdk((name) => anthropicAt(place)(name), providerOptions)
  },
  words,
  breaksOff: 'throws',
}

function openAiAt({ url, traceparent, apiKey = 'sk-nobody' }: GatewayPlace) {
  return createOpenAI({ baseURL: `${url}/v1`, apiKey, headers: { traceparent } })
}

function anthropicAt({ url, traceparent, apiKey = 'sk-nobody' }: GatewayPlace) {
  return createAnthropic({ baseURL: `${url}/v1`, apiKey, headers: { traceparent } })
}

const tools = {
  weather: tool({
    description: weather.description,
    inputSchema: jsonSchema<{ city: string }>({
      ...weather.parameters,
      required: [...weather.parameters.required],
    }),
    execute: (input) => weatherIn(input),
  }),
}

class AiSdk implements GatewayClient {
  readonly #models: Models
  readonly #providerOptions: ProviderOptions

  constructor(models: Models, providerOptions: ProviderOptions = {}) {
    this.#models = models
    this.#providerOptions = providerOptions
  }

  async ask(model: string): Promise<Said> {
    return saidIn(await generateText(this.#asked(model)))
  }

  async stream(model: string, { signal, onText }: StreamOptions = {}): Promise<Said> {
    const asked = { ...this.#asked(model), ...(signal ? { abortSignal: signal } : {}) }
    const [said] = await readSteps(asked, onText)
    if (!said) throw new Error('a stream without a step')
    return said
  }

  async useTools(model: string, mode: Mode): Promise<readonly Said[]> {
    const asked = {
      ...this.#asked(model),
      prompt: toolQuestion,
      tools,
      stopWhen: stepCountIs(2),
    }
    if (mode === 'stream') return readSteps(asked)
    const { steps } = await generateText(asked)
    return steps.map(saidIn)
  }

  async fillForm(model: string): Promise<unknown> {
    const City = z.object({ city: z.string(), people: z.number() })
    const output = Output.object({ schema: City })
    const result = await generateText({ ...this.#asked(model), output })
    return result.output
  }

  faultOf(error: unknown): Fault {
    return {
      isOwn: AISDKError.isInstance(error),
      status: APICallError.isInstance(error) ? error.statusCode : undefined,
      message: String(error),
    }
  }

  #asked(name: string) {
    // It asks again by itself whatever a reply says of that.
    const settings = { maxOutputTokens: 64, maxRetries: 0, providerOptions: this.#providerOptions }
    return { model: this.#models(name), prompt: question, ...settings }
  }
}

interface Step {
  readonly text: string
  readonly finishReason: string
  readonly usage: LanguageModelUsage
  readonly toolCalls: readonly { readonly toolName: string; readonly input: unknown }[]
}

function saidIn({ text, finishReason, usage, toolCalls }: Step): Said {
  return {
    text,
    finishes: [finishReason],
    usage: usageIn(usage),
    calls: toolCalls.map(({ toolName: name, input }) => ({ name, arguments: input })),
  }
}

function usageIn(usage: LanguageModelUsage): Said['usage'] {
  return {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cached: usage.inputTokenDetails.cacheReadTokens,
    reasoning: usage.outputTokenDetails.reasoningTokens,
  }
}

type Asked = Parameters<typeof streamText>[0]
type Draft = { -readonly [K in keyof Said]: Said[K] }

/** What was said in each step, from the events alone. */
async function readSteps(asked: Asked, onText?: (text: string) => void): Promise<readonly Said[]> {
  const steps: Draft[] = []
  for await (const part of streamText({ ...asked, onError: () => undefined }).stream) {
    const step = steps.at(-1)
    if (part.type === 'start-step') {
      steps.push({ text: '', finishes: [], usage: { input: 0, output: 0 }, calls: [] })
    } else if (part.type === 'error') {
      throw part.error
    } else if (part.type === 'abort') {
      throw new Error('aborted', { cause: part })
    } else if (step && part.type === 'text-delta') {
      step.text += part.text
      onText?.(part.text)
    } else if (step && part.type === 'tool-call') {
      step.calls = [...step.calls, { name: part.toolName, arguments: part.input }]
    } else if (step && part.type === 'finish-step') {
      step.finishes = [...step.finishes, part.finishReason]
      step.usage = usageIn(part.usage)
    }
  }
  return steps
}
