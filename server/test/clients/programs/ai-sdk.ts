import { argv } from 'node:process'
import { createOpenAI } from '@ai-sdk/openai'
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { generateText, registerTelemetry, streamText } from 'ai'
import { maxTokens, model, placeOf, question, system, temperature } from './logical-call.ts'

const [form, mode] = argv.slice(2)
const exporter = new OTLPTraceExporter({ url: `${placeOf('PHAROS_URL')}/v1/traces` })
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
registerTelemetry(telemetryOf(form))

const openai = createOpenAI({ apiKey: 'sk-none', baseURL: placeOf('OPENAI_BASE_URL') })
const call = {
  model: openai.chat(model),
  instructions: system,
  prompt: question,
  temperature,
  maxOutputTokens: maxTokens,
}
if (mode === 'stream') await streamText(call).consumeStream()
else await generateText(call)
await provider.shutdown()

/** `legacy` writes the `ai.*` attributes of versions 5 and 6, the others those of version 7. */
function telemetryOf(form: string | undefined): LegacyOpenTelemetry | OpenTelemetry {
  if (form === 'legacy') return new LegacyOpenTelemetry()
  return form === 'detailed' ? new OpenTelemetry({ usage: true }) : new OpenTelemetry()
}
