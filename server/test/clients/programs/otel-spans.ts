import { SpanKind, type Tracer } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import OpenAI from 'openai'
import { maxTokens, model, placeOf, question, system, temperature } from './logical-call.ts'

type Exporter = ConstructorParameters<typeof SimpleSpanProcessor>[0]

/** The call traced by hand, as an application without any instrumentation package would. */
export async function traceByHand(exporter: Exporter): Promise<void> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'by-hand' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  await call(provider.getTracer('by-hand', '1.0.0'))
  await provider.shutdown()
}

async function call(tracer: Tracer): Promise<void> {
  const messages = [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: question },
  ]
  const span = tracer.startSpan(`chat ${model}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': model,
      'gen_ai.request.temperature': temperature,
      'gen_ai.request.max_tokens': maxTokens,
      'gen_ai.input.messages': JSON.stringify(messages.map(inParts)),
    },
  })
  const client = new OpenAI({ apiKey: 'sk-none', baseURL: placeOf('OPENAI_BASE_URL') })
  const reply = await client.chat.completions.create({
    model,
    messages,
    temperature,
    max_completion_tokens: maxTokens,
  })
  const [choice] = reply.choices
  const { usage } = reply
  if (!choice || !usage) throw new Error('no choice or no usage')
  span.setAttributes({
    'gen_ai.response.model': reply.model,
    'gen_ai.response.finish_reasons': [choice.finish_reason],
    'gen_ai.usage.input_tokens': usage.prompt_tokens,
    'gen_ai.usage.output_tokens': usage.completion_tokens,
    'gen_ai.usage.cache_read.input_tokens': usage.prompt_tokens_details?.cached_tokens ?? 0,
    'gen_ai.usage.reasoning.output_tokens': usage.completion_tokens_details?.reasoning_tokens ?? 0,
    'gen_ai.output.messages': JSON.stringify([
      {
        ...inParts({ role: 'assistant', content: choice.message.content ?? '' }),
        finish_reason: choice.finish_reason,
      },
    ]),
  })
  span.end()
}

function inParts({ role, content }: { role: string; content: string }): object {
  return { role, parts: [{ type: 'text', content }] }
}
