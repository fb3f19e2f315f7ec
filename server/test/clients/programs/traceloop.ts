import * as traceloop from '@traceloop/node-server-sdk'
import OpenAI from 'openai'
import { maxTokens, model, placeOf, question, system, temperature } from './logical-call.ts'

traceloop.initialize({
  appName: 'traceloop',
  baseUrl: placeOf('PHAROS_URL'),
  disableBatch: true,
  silenceInitializationMessage: true,
  traceloopSyncEnabled: false,
  // NOTE: the SDK's types name the package's CommonJS build, another class of the same shape.
  instrumentModules: { openAI: OpenAI as never },
})

const client = new OpenAI({ apiKey: 'sk-none', baseURL: placeOf('OPENAI_BASE_URL') })
await traceloop.withWorkflow({ name: 'greeting' }, () =>
  client.chat.completions.create({
    model,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: question },
    ],
    temperature,
    max_completion_tokens: maxTokens,
  }),
)
await traceloop.forceFlush()
