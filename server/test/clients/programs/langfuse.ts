import { argv } from 'node:process'
import { LangfuseSpanProcessor } from '@langfuse/otel'
import { setLangfuseTracerProvider, startActiveObservation } from '@langfuse/tracing'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import OpenAI from 'openai'
import { maxTokens, model, placeOf, question, system, temperature } from './logical-call.ts'

const url = placeOf('PHAROS_URL')
const processor = new LangfuseSpanProcessor({
  publicKey: 'pk-lf-none',
  secretKey: 'sk-lf-none',
  baseUrl: url,
  // `base-url` is the client with nothing but its base URL set; else with an exporter of its own.
  ...(argv[2] === 'base-url'
    ? {}
    : { exporter: new OTLPTraceExporter({ url: `${url}/v1/traces` }) }),
})
const provider = new BasicTracerProvider({ spanProcessors: [processor] })
setLangfuseTracerProvider(provider)

const messages = [
  { role: 'system' as const, content: system },
  { role: 'user' as const, content: question },
]
const client = new OpenAI({ apiKey: 'sk-none', baseURL: placeOf('OPENAI_BASE_URL') })
await startActiveObservation(
  'greeting',
  async (generation) => {
    generation.update({
      model,
      input: messages,
      modelParameters: { temperature, max_tokens: maxTokens },
    })
    const reply = await client.chat.completions.create({
      model,
      messages,
      temperature,
      max_completion_tokens: maxTokens,
    })
    const { prompt_tokens: input = 0, completion_tokens: output = 0 } = reply.usage ?? {}
    const cached = reply.usage?.prompt_tokens_details?.cached_tokens ?? 0
    const reasoning = reply.usage?.completion_tokens_details?.reasoning_tokens ?? 0
    generation.update({
      model: reply.model,
      output: reply.choices[0]?.message ?? null,
      // As Langfuse's own integrations count: every name is a share of its own.
      usageDetails: {
        input: input - cached,
        input_cached_tokens: cached,
        output: output - reasoning,
        output_reasoning_tokens: reasoning,
        total: input + output,
      },
    })
  },
  { asType: 'generation' },
)
await provider.shutdown()
