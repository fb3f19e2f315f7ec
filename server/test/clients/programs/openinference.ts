import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import OpenAI from 'openai'
import { maxTokens, model, placeOf, question, system, temperature } from './logical-call.ts'

const exporter = new OTLPTraceExporter({ url: `${placeOf('PHAROS_URL')}/v1/traces` })
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const instrumentation = new OpenAIInstrumentation({ tracerProvider: provider })
instrumentation.manuallyInstrument(OpenAI)

const client = new OpenAI({ apiKey: 'sk-none', baseURL: placeOf('OPENAI_BASE_URL') })
await client.chat.completions.create({
  model,
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ],
  temperature,
  max_completion_tokens: maxTokens,
})
await provider.shutdown()
